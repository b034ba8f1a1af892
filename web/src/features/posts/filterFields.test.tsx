// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { type ComponentProps, createRef, type ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { aPost } from "../../testing/posts";
import { columns } from "./columns";
import { type Filters, noFilters } from "./filterValues";
import { FilterFields, filterText } from "./FilterFields";
import { PostsBar } from "./PostsBar";
import { PostSearch } from "./PostSearch";

const who = vi.hoisted(() => ({ moderates: false }));
const view = vi.hoisted(() => ({ setFilters: vi.fn(), setLayout: vi.fn(), setPostState: vi.fn(), setSort: vi.fn() }));
const saveCsv = vi.hoisted(() => vi.fn());
vi.mock("../../data/config", () => ({
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("./view", () => view);
vi.mock("./saveCsv", () => ({ saveCsv }));
vi.mock("./SavedViews", () => ({ SavedViews: () => <i data-testid="views" /> }));
vi.mock("./PostGrid", () => ({ TileSlider: () => <i data-testid="slider" /> }));
vi.mock("../../data/moderation/reports", () => ({ reported: { get: () => new Set() } }));
vi.mock("../../platform/address", () => ({
  go: vi.fn(),
  isPlainClick: () => true,
  pageHref: (page: string) => `/${page}`,
}));
vi.mock("../../ui/Bar", async (original) => ({
  ...(await original<object>()),
  Bar: ({ count, children }: { count: number | null; children: ReactNode }) => (
    <div role="toolbar" data-count={count}>
      {children}
    </div>
  ),
}));
vi.mock("../../ui/Popover", () => ({
  Popover: ({ name, children }: { name: string; children: ReactNode }) => (
    <section aria-label={name}>{children}</section>
  ),
}));

beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
  localStorage.clear();
});
afterEach(cleanup);
const filtered = (part: Partial<Filters>): Filters => ({ ...noFilters, ...part });
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);

it.each([
  [{ status: "hidden" }, "Hidden"],
  [{ status: "moderated" }, "By a moderator"],
  [{ tag: "sea" }, "tag: sea"],
  [{ licence: "CC0-1.0" }, "licence: CC0-1.0"],
  [{ format: "png" }, "format: png"],
  [{ from: "2026-01-02" }, "after: 2026-01-02"],
  [{ to: "2026-01-02" }, "before: 2026-01-03"],
  [{ "min-kb": "3" }, "≥ 3 kB"],
  [{ "max-kb": "3" }, "≤ 3 kB"],
  [{ q: "waves" }, "waves"],
] as const)("%j is written %s", (part, words) => {
  const [name] = Object.keys(part) as (keyof Filters)[];
  expect(name && filterText(name, filtered(part))).toBe(words);
});

describe("the fields", () => {
  const POSTS = [
    aPost(1, { hashtags: ["Sea", "sky"], license_identifier: "CC0-1.0" }),
    aPost(2, { hashtags: ["sea"], file_format: "gif" }),
    aPost(3),
  ];
  const onChange = vi.fn();
  const show = (part: Partial<Filters> = {}) =>
    render(<FilterFields posts={POSTS} filters={filtered(part)} onChange={onChange} />);
  const options = (name: string) => [...field(name).querySelectorAll("option")].map(({ textContent: text }) => text);

  it("offer what there is, the most frequent first", () => {
    show();
    expect(["Format", "Hashtag", "Licence"].map(options)).toEqual([
      ["Any", "PNG (2)", "GIF (1)"],
      ["Any", "#sea (2)", "#sky (1)"],
      ["Any", "No licence (2)", "CC0-1.0 (1)"],
    ]);
  });

  it("have what is looked for, also where no post has it any more", () => {
    show({ tag: "lake", format: "png" });
    expect([options("Hashtag"), field("Hashtag").value]).toEqual([
      ["Any", "#lake (0)", "#sea (2)", "#sky (1)"],
      "lake",
    ]);
    expect([options("Format"), field("Format").value]).toEqual([["Any", "PNG (2)", "GIF (1)"], "png"]);
  });

  it.each([
    ["Format", "gif", { format: "gif" }, undefined],
    ["Hashtag", "sea", { tag: "sea" }, undefined],
    ["Licence", "none", { licence: "none" }, undefined],
    ["Posted from", "2026-01-02", { from: "2026-01-02" }, "from"],
    ["Posted until", "2026-01-02", { to: "2026-01-02" }, "to"],
    ["Size from, kB", "3", { "min-kb": "3" }, "min-kb"],
    ["Size up to, kB", "3", { "max-kb": "3" }, "max-kb"],
  ])("%s: %s", (name, value, part, typed) => {
    show({ q: "waves" });
    fireEvent.change(field(name), { target: { value } });
    expect(onChange.mock.calls).toEqual([[filtered({ q: "waves", ...part }), ...(typed ? [typed] : [])]]);
  });

  it("bound each other", () => {
    show({ from: "2026-01-02", to: "2026-02-03" });
    expect([field("Posted from").max, field("Posted until").min, field("Size from, kB").min]).toEqual([
      ...["2026-02-03", "2026-01-02", "0"],
    ]);
    cleanup();
    show();
    expect([field("Posted from").hasAttribute("max"), field("Posted until").hasAttribute("min")]).toEqual([
      ...[false, false],
    ]);
  });

  it.each([
    ["Without warnings", "waves", "waves warning:none", false],
    ["Without alt text", "alt:none waves", "waves", true],
  ])("find what there is no field for: %s in %s", (name, q, after, isOn) => {
    show({ q });
    expect(field(name).checked).toBe(isOn);
    fireEvent.click(field(name));
    expect(onChange.mock.calls).toEqual([[filtered({ q: after })]]);
  });

  it("keep the choice to show every picture", () => {
    show();
    expect([field("Always show pictures with warnings").checked, screen.queryByLabelText("Reported")]).toEqual([
      ...[false, null],
    ]);
    fireEvent.click(field("Always show pictures with warnings"));
    expect([field("Always show pictures with warnings").checked, localStorage.getItem("pmd.shows-warned")]).toEqual([
      ...[true, "true"],
    ]);
  });
});

describe("the search", () => {
  const show = (part: Partial<Filters> = {}) => render(<PostSearch filters={filtered(part)} input={createRef()} />);
  const input = () => screen.getByRole<HTMLInputElement>("searchbox");

  it("says what can be looked for, until something is", () => {
    show();
    expect(input().placeholder).toContain("licence:");
    cleanup();
    show({ status: "hidden" });
    expect([input().placeholder.includes("tag:"), screen.queryByRole("button")]).toEqual([true, null]);
    cleanup();
    show({ tag: "sea" });
    expect([input().placeholder, screen.getByRole("button").textContent.trim()]).toEqual(["", "tag: sea"]);
  });

  it("loses its last filter by Backspace", () => {
    show({ tag: "sea", format: "png" });
    fireEvent.keyDown(input(), { key: "Backspace" });
    expect(view.setFilters.mock.calls).toEqual([[filtered({ format: "png" })]]);
  });

  it("makes filters of what is typed once that is complete", () => {
    show({ format: "png" });
    fireEvent.change(input(), { target: { value: "waves tag:sea" } });
    fireEvent.change(input(), { target: { value: "waves tag:sea " } });
    expect(view.setFilters.mock.calls).toEqual([
      [filtered({ format: "png", q: "waves tag:sea" }), "q"],
      [filtered({ format: "png", q: "waves ", tag: "sea" }), "q"],
    ]);
  });

  it.each([
    ["Enter", () => fireEvent.keyDown(input(), { key: "Enter" }), 1],
    ["leaving it", () => fireEvent.blur(input()), 1],
    ["another key", () => fireEvent.keyDown(input(), { key: "a" }), 0],
  ])("takes what is typed as complete by %s", (_, does, count) => {
    show({ q: "tag:sea" });
    does();
    const set = view.setFilters.mock.calls as [Filters, string][];
    expect(set.map(([{ tag }, typed]) => [tag, typed])).toEqual(Array.from({ length: count }, () => ["sea", "q"]));
    cleanup();
    vi.clearAllMocks();
    show({ q: "waves" });
    does();
    expect(view.setFilters.mock.calls).toEqual([]);
  });
});

describe("the bar", () => {
  const places = { all: [1, 2, 3], visible: [1, 2], hidden: [3], moderated: [] };
  const table = { shown: columns.slice(0, 5), sizeOf: () => 100, resize: vi.fn(), show: vi.fn(), reset: vi.fn() };
  function show(part: object = {}, choice: object = {}) {
    const list = {
      ...{ view: { sort: { id: "date", desc: true }, layout: "table" }, isTrash: false, filters: noFilters },
      ...{ places, posts: [], isComplete: true, ...part },
    };
    render(
      <PostsBar
        {...({ list, choice: { exported: [1], selected: [], ...choice }, table } as unknown as ComponentProps<
          typeof PostsBar
        >)}
        input={createRef()}
      />,
    );
  }
  const tabs = () => [...screen.getByRole("group", { name: "Which posts" }).querySelectorAll("button")];
  const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

  it.each([
    [{}, ["All3", "Visible2", "Hidden1", "By a moderator0", "Deleted"], "3"],
    [{ isComplete: false }, ["All", "Visible", "Hidden", "By a moderator", "Deleted"], undefined],
    [{ isTrash: true }, ["All", "Visible", "Hidden", "By a moderator", "Deleted"], undefined],
  ])("counts what is known: %j", (part, words, count) => {
    show(part);
    expect([tabs().map(({ textContent: text }) => text), screen.getByRole("toolbar").dataset["count"]]).toEqual([
      ...[words, count],
    ]);
  });

  it.each([
    [{ filters: filtered({ status: "hidden" }) }, 2],
    [{ filters: filtered({ status: "hidden" }), isTrash: true }, 4],
  ])("marks the tab that is open %#", (part, index) => {
    show(part);
    expect(tabs().map((each) => each.getAttribute("aria-pressed"))).toEqual(
      tabs().map((_, at) => String(at === index)),
    );
  });

  it.each([
    [[], ""],
    [[3], "bad"],
  ])("marks what moderators have hidden: %j", (moderated, look) => {
    show({ places: { ...places, moderated } });
    expect(tabs().map(({ className }) => className)).toEqual(["", "", "", look, ""]);
  });

  it.each([
    [false, "Hidden1", [], [[filtered({ tag: "sea", status: "hidden" })]]],
    [true, "Hidden", [["active", "hidden"]], []],
    [false, "Deleted", [["deleted"]], []],
    [true, "Deleted", [["deleted"]], []],
  ])("leads from the trash (%s) to %s", (isTrash, words, states, filters) => {
    show({ isTrash, filters: filtered({ tag: "sea" }) });
    fireEvent.click(tabs().find(({ textContent: text }) => text === words) ?? document.body);
    expect([view.setPostState.mock.calls, view.setFilters.mock.calls]).toEqual([states, filters]);
  });

  it.each([
    ["table", false, "Grid", "grid"],
    ["grid", true, "Table", "table"],
  ])("in a %s sizes are chosen (%s), and one goes to the %s", (layout, hasSlider, name, to) => {
    show({ view: { sort: { id: "date", desc: true }, layout } });
    expect(screen.queryByTestId("slider") !== null).toBe(hasSlider);
    fireEvent.click(button(name));
    expect(view.setLayout.mock.calls).toEqual([[to]]);
  });

  it.each([
    [[], "primary"],
    [[1], "edged"],
  ])("uploading is the first thing to do unless posts are selected: %j", (selected, look) => {
    show({}, { selected });
    expect(screen.getByRole("link").classList.contains(look)).toBe(true);
  });

  it.each([
    [false, true],
    [true, false],
  ])("a moderator (%s) has views of their own: %s", (moderates, has) => {
    who.moderates = moderates;
    show();
    expect(screen.queryByTestId("views") !== null).toBe(has);
  });

  const order = () =>
    [...screen.getByRole("list", { name: "Order" }).querySelectorAll("button")].map(({ textContent: text }) => text);
  it.each([
    ["date", true, "Newest", 14],
    ["size", true, "Size", 15],
    ["size", false, "Size, smallest first", 15],
    ["title", true, "Title, reversed", 15],
  ])("sorted by %s (%s) it can be sorted otherwise", (id, desc, current, count) => {
    show({ view: { sort: { id, desc }, layout: "table" } });
    expect([order().length, screen.queryByRole("region", { name: `Order: ${current}` }) !== null]).toEqual([
      count,
      true,
    ]);
    const marked = [...document.querySelectorAll(".sort-menu [aria-current=true]")].map(
      ({ textContent: text }) => text,
    );
    expect(marked).toEqual([current]);
    fireEvent.click(button("Oldest"));
    fireEvent.click(button("Views"));
    expect(view.setSort.mock.calls).toEqual([[{ id: "date", desc: false }], [{ id: "views", desc: true }]]);
  });

  it("offers the columns that can be hidden or sized", () => {
    show();
    const ticks = [...screen.getByRole("list", { name: "Columns" }).querySelectorAll("input")];
    expect(ticks.map(({ parentElement: label }) => label?.textContent)).toEqual(
      columns.slice(1, -1).map(({ label }) => label),
    );
    expect(ticks.slice(0, 5).map(({ checked, disabled }) => [checked, disabled])).toEqual([
      ...[true, true, true, true, false].map((isShown, index) => [isShown, index === 1]),
    ]);
    fireEvent.click(field("Picture"));
    fireEvent.click(button("Make Title narrower"));
    fireEvent.click(button("Make Title wider"));
    expect(table.show.mock.calls).toEqual([[columns[5], true]]);
    expect(table.resize.mock.calls).toEqual([
      [columns[2], 80],
      [columns[2], 120],
    ]);
    expect(screen.queryByRole("button", { name: "Make Artwork wider" })).toBeNull();
    fireEvent.click(button("Reset"));
    fireEvent.click(button("Export CSV"));
    expect([table.reset.mock.calls.length, saveCsv.mock.calls]).toEqual([1, [[[1]]]]);
    cleanup();
    show({}, { exported: [] });
    expect(button("Export CSV").disabled).toBe(true);
  });
});

it("a moderator finds what was reported", async () => {
  who.moderates = true;
  vi.resetModules();
  const { FilterFields: Anew } = await import("./FilterFields");
  const onChange = vi.fn();
  render(<Anew posts={[]} filters={noFilters} onChange={onChange} />);
  fireEvent.click(field("Reported"));
  expect(onChange.mock.calls).toEqual([[filtered({ q: "reported:yes" })]]);
});
