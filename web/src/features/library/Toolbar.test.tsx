// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import type { Facets } from "../../data/assets/schema";
import { type Filters, noFilters } from "./filters";
import { Toolbar } from "./Toolbar";

const page = vi.hoisted((): { commands: Command[]; tags: object[]; licenses: object | undefined } => ({
  ...{ commands: [], tags: [], licenses: {} },
}));
const query = vi.hoisted(() => ({ clearFilters: vi.fn(), setFilters: vi.fn(), setSort: vi.fn() }));
vi.mock("./query", () => query);
vi.mock("./ordering", () => ({ useTags: () => page.tags }));
vi.mock("../../data/queries", () => ({ useLicenses: () => ({ data: page.licenses }) }));
vi.mock("../../commands/commands", () => ({ useCommands: (all: Command[]) => (page.commands = all) }));
vi.mock("../../commands/Mats", () => ({ Mats: () => null }));
vi.mock("../../ui/Popover", () => ({ Popover: ({ children }: { children: ReactNode }) => <div>{children}</div> }));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));

const on = { onLook: vi.fn(), onSize: vi.fn(), onReview: vi.fn(), onSide: vi.fn() };
const FACETS = {
  state: [
    { value: "new", count: 1000 },
    { value: "approved", count: 20 },
    { value: "trash", count: 3 },
  ],
  theme: [
    { value: "sea", count: 2 },
    { value: "", count: 5 },
  ],
  provenance: [{ value: "enhanced", count: 4 }],
} as unknown as Facets;
beforeEach(() => {
  vi.resetAllMocks();
  page.tags = [];
  page.licenses = { items: [{ id: 1, identifier: "CC-BY-4.0" }] };
});
afterEach(cleanup);

interface Shown {
  filters?: Partial<Filters>;
  facets?: Facets | null;
  look?: "grid" | "list";
  selectedCount?: number | null;
  sort?: "path" | "size";
  isDescending?: boolean;
}
function show({ filters = {}, facets = FACETS, ...part }: Shown = {}) {
  const shown = { look: "grid", selectedCount: null, sort: "path", isDescending: false, size: 136, ...part } as const;
  render(<Toolbar {...shown} filters={{ ...noFilters, ...filters }} facets={facets} {...on} />);
}
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
const change = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const set = () => query.setFilters.mock.calls as [Filters, boolean][];
const optionsOf = (name: string) =>
  [...screen.getByLabelText<HTMLSelectElement>(name).options].map(({ value, text }) => [value, text]);
const review = () => screen.getByTitle<HTMLButtonElement>(/^Review the/);
const states = () => [...screen.getByRole("group", { name: "State" }).children].map((tab) => tab.textContent);

it("counts the files of each state; all are those outside the trash", () => {
  show();
  expect([states(), document.querySelector("h2")?.textContent]).toEqual([
    ["All1,020", "New1,000", "Approved20", "Set aside0", "Trash3"],
    "Library1,020",
  ]);
  cleanup();
  show({ facets: null });
  expect([states().join(), document.querySelector("h2")?.textContent]).toEqual([
    "All,New,Approved,Set aside,Trash",
    "Library",
  ]);
});

it.each([
  ["", "All", "Trash", "trash"],
  ["trash", "Trash", "All", ""],
] as const)("of the state “%s” presses %s; %s sets “%s”, and keeps the rest", (state, pressed, clicked, next) => {
  show({ filters: { state, q: "sea" } });
  const tabs = [...screen.getByRole("group", { name: "State" }).children];
  const of = (words: string) => tabs.find((tab) => tab.textContent.startsWith(words)) ?? document.body;
  expect(tabs.map((tab) => tab.getAttribute("aria-pressed") === "true")).toEqual(
    tabs.map((tab) => tab === of(pressed)),
  );
  fireEvent.click(of(clicked));
  expect(set()).toEqual([[{ ...noFilters, q: "sea", state: next }, false]]);
});

it.each([
  [{}, "Review the 1,000 files in “New”", "1,000"],
  [{ filters: { state: "approved" as const } }, "Review the 20 files in “Approved”", "20"],
  [{ selectedCount: 1 }, "Review the 1 file that are selected", "1"],
  [{ filters: { state: "set_aside" as const } }, "Review the 0 files in “Set aside”", "0"],
  [{ facets: null }, "Review the 0 files in “New”", "0"],
])("reviews what is shown or selected, if there is any: %j", (part, title, count) => {
  show(part);
  const { disabled, title: said, textContent: words } = review();
  expect([said, words.trim(), disabled]).toEqual([title, `Review ${count}`, count === "0"]);
  fireEvent.click(review());
  expect(on.onReview.mock.calls).toHaveLength(count === "0" ? 0 : 1);
});

it("has the size of tiles in the grid only", () => {
  show({ look: "list" });
  expect(screen.queryByLabelText("Thumbnail size")).toBeNull();
  cleanup();
  show();
  const { min, max, step, value } = field("Thumbnail size");
  expect([min, max, step, value]).toEqual(["96", "384", "16", "136"]);
  change("Thumbnail size", "160");
  fireEvent.click(screen.getByTitle("List"));
  fireEvent.click(screen.getByLabelText("Folders and filters"));
  expect([on.onSize.mock.calls, on.onLook.mock.calls, on.onSide.mock.calls.length]).toEqual([[[160]], [["list"]], 1]);
});

it.each([
  [false, "size"],
  [true, "-size"],
])("is ordered as the address says; turned round %s", (isDescending, value) => {
  show({ sort: "size", isDescending });
  const all = optionsOf("Order");
  expect([field("Order").value, all.slice(0, 2), all.length]).toEqual([
    value,
    [
      ["path", "Folder"],
      ["-path", "Folder, turned round"],
    ],
    12,
  ]);
  change("Order", "-name");
  expect(query.setSort.mock.calls).toEqual([["-name"]]);
});

it("searches as it is typed, and makes filters of what names them", () => {
  show({ filters: { type: "image" } });
  change("Search the library", "hero #sea stars:3 ");
  expect(set()).toEqual([[{ ...noFilters, type: "image", hashtag: "sea", rating: "3", q: "hero " }, true]]);
});

it("shows the filters, a hashtag with its colour, and takes one away", () => {
  page.tags = [{ name: "sea", color: "blue", file_count: 1 }];
  show({ filters: { hashtag: "Sea", type: "image" } });
  const tokens = screen.getAllByLabelText(/^Remove the filter/);
  expect(
    tokens.map((each) => [each.textContent.trim(), each.querySelector<HTMLElement>(".tag-dot")?.dataset["tag"]]),
  ).toEqual([
    ["images", undefined],
    ["#Sea", "blue"],
  ]);
  fireEvent.click(tokens[0] ?? document.body);
  expect(set()).toEqual([[{ ...noFilters, hashtag: "Sea" }, false]]);
});

it("suggests the hashtags that a search begins; its key puts the cursor there", () => {
  page.tags = [
    { name: "sea", color: null, file_count: 1 },
    { name: "sky", color: null, file_count: 9 },
  ];
  show({ filters: { q: "hero #s" } });
  const offered = [...document.querySelectorAll("datalist option")].map((each) => each.getAttribute("value"));
  expect([offered, field("Search the library").getAttribute("list")]).toEqual([
    ["hero #sky ", "hero #sea "],
    document.querySelector("datalist")?.id,
  ]);
  const select = vi.spyOn(field("Search the library"), "select");
  act(() => void page.commands.find(({ name }) => name === "search")?.run("/"));
  expect(select).toHaveBeenCalledOnce();
});

it("offers the themes and makers that files have, with what is chosen", () => {
  show({ filters: { theme: "sky", provenance: "enhanced" } });
  expect([optionsOf("Theme"), optionsOf("Made by")]).toEqual([
    [
      ["", "Any"],
      ["sea", "sea (2)"],
      ["sky", "sky (0)"],
    ],
    [
      ["", "Any"],
      ["enhanced", "Task result (4)"],
    ],
  ]);
  change("Theme", "sea");
  change("Made by", "");
  const before = { ...noFilters, theme: "sky", provenance: "enhanced" };
  expect(set()).toEqual([
    [{ ...before, theme: "sea" }, false],
    [{ ...before, provenance: "" }, false],
  ]);
});

it("offers the licences, none, and any; and a hashtag without its sign", () => {
  show();
  expect(optionsOf("Licence")).toEqual([
    ["", "Any"],
    ["none", "None"],
    ["CC-BY-4.0", "CC-BY-4.0"],
  ]);
  change("Licence", "none");
  change("Hashtag", "#sea ");
  fireEvent.click(screen.getByText("Clear all"));
  expect([set(), query.clearFilters.mock.calls]).toEqual([
    [
      [{ ...noFilters, license: "none" }, false],
      [{ ...noFilters, hashtag: "sea" }, true],
    ],
    [[noFilters]],
  ]);
  cleanup();
  page.licenses = undefined;
  show({ facets: null });
  expect([optionsOf("Licence").length, optionsOf("Theme")]).toEqual([2, [["", "Any"]]]);
});
