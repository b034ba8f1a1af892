// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Facets } from "../../data/assets/schema";
import { settled } from "../../testing/settled";
import { type Filters, noFilters } from "./filters";
import { FolderTree } from "./FolderTree";
import { Side } from "./Side";

const done = vi.hoisted(() => ({ setLook: vi.fn(), removeSample: vi.fn(), success: vi.fn(), error: vi.fn() }));
vi.mock("./query", () => ({ setLook: done.setLook }));
vi.mock("./ordering", () => ({ FOLDERS: "folders" }));
vi.mock("./sample", () => ({
  ...{ SAMPLE_FOLDER: "Small island", removeSample: done.removeSample },
  isInSample: (folder: string) => folder === "Small island",
}));
vi.mock("./SmartFolders", () => ({
  SmartFolders: ({ onOpen }: { onOpen: () => void }) => <i onClick={onOpen}>Smart</i>,
}));
vi.mock("./TagSection", () => ({
  TagSection: ({ value, onChange }: { value: string; onChange: (part: object) => void }) => (
    <i onClick={() => onChange({ hashtag: "sky" })}>{`Tags ${value}`}</i>
  ),
}));
vi.mock("../../ui/toast", () => ({ toast: { success: done.success, error: done.error } }));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));

const on = { onChange: vi.fn(), onLeave: vi.fn(), onDownload: vi.fn() };
const FACETS = { label: [{ value: "7", count: 1200 }], type: [{ value: "image", count: 5 }] } as unknown as Facets;
const FOLDERS = [
  { folder: "a", count: 1 },
  { folder: "a/b", count: 2 },
  { folder: "a/b/c", count: 3 },
  { folder: "d", count: 1000 },
] as never;
beforeEach(() => void vi.resetAllMocks());
afterEach(cleanup);
const invalidated = vi.fn();
function show(filters: Partial<Filters> = {}, facets: Facets | null = FACETS) {
  const client = new QueryClient();
  vi.spyOn(client, "invalidateQueries").mockImplementation(invalidated);
  render(
    <QueryClientProvider client={client}>
      <Side
        {...{ facets, folders: FOLDERS, sorted: { sort: "path", isDescending: false }, ...on }}
        filters={{ ...noFilters, ...filters }}
      />
    </QueryClientProvider>,
  );
}
const choice = (words: string) =>
  [...document.querySelectorAll<HTMLButtonElement>(".side-choice")].find((each) => each.textContent.startsWith(words));
const click = (words: string) => fireEvent.click(choice(words) ?? screen.getByText(words));

describe("the sidebar", () => {
  it.each([
    ["Sound", {}, { type: "audio" }],
    ["Images", { type: "image" }, { type: "" }],
    ["No licence", {}, { license: "none" }],
    ["No licence", { license: "none" }, { license: "" }],
    ["Tags sea", { hashtag: "sea" }, { hashtag: "sky" }],
  ] as const)("filters by %s, and not again: %j", (words, filters, part) => {
    show(filters);
    const isOn = choice(words)?.getAttribute("aria-pressed");
    if (isOn !== undefined) expect(isOn).toBe(String(Object.values(part)[0] === ""));
    click(words);
    expect(on.onChange.mock.calls).toEqual([[part]]);
  });

  it("counts the files of each kind, where that is known", () => {
    show();
    expect(["Images", "Video", "No licence"].map((words) => choice(words)?.textContent)).toEqual([
      "Images5",
      "Video0",
      "No licence",
    ]);
    expect([
      screen.queryByLabelText("Label yellow, 1,200") !== null,
      screen.queryByLabelText("Label red, 0") !== null,
    ]).toEqual([true, true]);
    cleanup();
    show({}, null);
    expect([choice("Images")?.textContent, screen.queryByLabelText("Label yellow") !== null]).toEqual(["Images", true]);
  });

  it.each([
    [{}, "3 of 5 stars", { rating: "3" }],
    [{ rating: "3" }, "3 of 5 stars", { rating: "" }],
    [{}, "Label red, 0", { label: "6" }],
    [{ label: "6" }, "Label red, 0", { label: "" }],
  ] as const)("filters by stars and labels: %j, %s", (filters, label, part) => {
    show(filters);
    const pressed = [...document.querySelectorAll(".stars [aria-pressed=true], .side-flags [aria-pressed=true]")];
    expect(pressed.map((each) => each.getAttribute("aria-label"))).toEqual(
      Object.keys(filters).length > 0 ? [label] : [],
    );
    fireEvent.click(screen.getByLabelText(label));
    expect(on.onChange.mock.calls).toEqual([[part]]);
  });

  it("leads to similar files, and tells when another view is opened", () => {
    show();
    click("Similar files");
    click("Smart");
    expect([done.setLook.mock.calls, on.onLeave.mock.calls.length]).toEqual([[["alike"]], 1]);
  });

  it("offers the chosen folder as a download", () => {
    show();
    expect(screen.queryByTitle("Download this folder")).toBeNull();
    cleanup();
    show({ folder: "a" });
    fireEvent.click(screen.getByTitle("Download this folder"));
    fireEvent.click(screen.getByText("d"));
    expect([on.onDownload.mock.calls, on.onChange.mock.calls]).toEqual([[["a"]], [[{ folder: "d" }]]]);
  });

  it("removes the sample where it is open, once, and says so", async () => {
    let answer: (count: number) => void = () => undefined;
    done.removeSample.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    show();
    expect(choice("Remove the sample")).toBe(undefined);
    cleanup();
    show({ folder: "Small island" });
    click("Remove the sample");
    await settled();
    expect(choice("Remove the sample")?.disabled).toBe(true);
    answer(12);
    await settled();
    expect([done.success.mock.calls, invalidated.mock.calls]).toEqual([
      [["Small island is gone: 12 files deleted."]],
      [[{ queryKey: ["folders"] }]],
    ]);
    expect(choice("Remove the sample")?.disabled).toBe(false);
  });
});

describe("the tree of folders", () => {
  const tree = (value = "") => {
    const draw = (now: string) => <FolderTree folders={FOLDERS} value={now} onChange={on.onChange} />;
    const { rerender } = render(draw(value));
    return (now: string) => rerender(draw(now));
  };
  const rows = () =>
    [...document.querySelectorAll("[role=treeitem]")].map((row) =>
      [row.querySelector("bdi")?.textContent, row.getAttribute("aria-level"), row.getAttribute("aria-expanded")].join(
        " ",
      ),
    );
  const marked = (name: string) => [...document.querySelectorAll(`[${name}=true] bdi`)].map((each) => each.textContent);
  const press = (...keys: string[]) => keys.map((key) => fireEvent.keyDown(screen.getByRole("tree"), { key }));

  it("names its rows without spaces, which separate names of rows", () => {
    render(<FolderTree folders={[{ folder: "My  art", count: 1 }]} value="My  art" onChange={on.onChange} />);
    const [row] = document.querySelectorAll("[role=treeitem]");
    expect([row?.id, screen.getByRole("tree").getAttribute("aria-activedescendant")]).toEqual([
      ...["folder-My%20%20art", "folder-My%20%20art"],
    ]);
  });

  it("opens the first floor, and the way to the chosen folder", () => {
    const turn = tree();
    expect(rows()).toEqual(["a 1 true", "b 2 false", "d 1 "]);
    turn("a/b");
    expect(rows()).toEqual(["a 1 true", "b 2 true", "c 3 ", "d 1 "]);
    expect([marked("aria-selected"), screen.getByRole("tree").getAttribute("aria-activedescendant")]).toEqual([
      ["b"],
      "folder-a%2Fb",
    ]);
    expect(document.querySelectorAll(".count")[3]?.textContent).toBe("1,000");
  });

  it("chooses by a click; a second one takes it back, and one on the sign only opens", () => {
    tree("d");
    for (const name of ["a", "d"]) fireEvent.click(screen.getByText(name));
    const signs = document.querySelectorAll(".twist");
    fireEvent.click(signs[0] ?? document.body);
    expect([on.onChange.mock.calls, rows()]).toEqual([
      [["a"], [""]],
      ["a 1 false", "d 1 "],
    ]);
    fireEvent.click(signs[0] ?? document.body);
    expect(rows()).toHaveLength(3);
    fireEvent.click(document.querySelectorAll(".twist")[2] ?? document.body);
    expect(on.onChange.mock.lastCall).toEqual([""]);
  });

  it("is walked by arrows, from the first to the last", () => {
    tree();
    expect(screen.getByRole("tree").getAttribute("aria-activedescendant")).toBe(null);
    const seen = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"].map((key) => {
      const [isFree] = press(key);
      return [isFree, ...marked("data-active")].join();
    });
    expect(seen).toEqual(["false,a", "false,b", "false,d", "false,d", "false,b", "false,a", "false,a"]);
    expect(press("x")).toEqual([true]);
  });

  it("opens to the right, and closes or goes up to the left", () => {
    tree();
    press("ArrowDown", "ArrowDown", "ArrowRight");
    expect(rows()).toContain("c 3 ");
    press("ArrowDown", "ArrowRight", "ArrowLeft");
    expect(marked("data-active")).toEqual(["b"]);
    press("ArrowLeft");
    expect([rows(), marked("data-active")]).toEqual([["a 1 true", "b 2 false", "d 1 "], ["b"]]);
    press("ArrowLeft", "ArrowLeft", "ArrowLeft");
    expect([rows(), marked("data-active")]).toEqual([["a 1 false", "d 1 "], ["a"]]);
  });

  it.each(["Enter", " "])("chooses by the key “%s”, and takes it back", (key) => {
    const turn = tree();
    press(key);
    press("ArrowDown", key);
    turn("a");
    press(key);
    expect(on.onChange.mock.calls).toEqual([["a"], [""]]);
  });
});
