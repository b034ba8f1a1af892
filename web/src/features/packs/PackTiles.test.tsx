// @vitest-environment happy-dom
import { cleanup, createEvent, fireEvent, render, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { IS_DRAGGED } from "./drag";
import type { Folder, Packed } from "./folders";
import { drawnOf, PackTiles, type ShownGroup } from "./PackTiles";
import { besideFolder, filesWithin, PackDocuments, PackTree } from "./PackTree";

vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));

beforeEach(() => void vi.resetAllMocks());
afterEach(cleanup);
const packed = (id: number, part: Partial<Packed> = {}): Packed =>
  ({
    ...{ asset_id: id, name: `${String(id)}.png`, folder: "", type: "image", size_bytes: 2000, frame_count: 1 },
    ...{ provenance: "user_provided", is_new: false, ...part },
  }) as Packed;
const group = (folder: string, ids: readonly number[], part: Partial<ShownGroup> = {}): ShownGroup => ({
  ...{ folder, assets: ids.map((id) => packed(id)), isClosed: false, isWhole: false, ...part },
});
const many = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
/** The event as the browser sends it, with what is dragged, and whether it was taken. */
function dragged(
  kind: "dragOver" | "drop" | "dragStart" | "dragEnd" | "dragLeave",
  target: Element,
  types: readonly string[] = [IS_DRAGGED],
) {
  const event = createEvent[kind](target);
  const setData = vi.fn();
  Object.defineProperty(event, "dataTransfer", { value: { types, setData, effectAllowed: "none" } });
  fireEvent(target, event);
  return { isTaken: event.defaultPrevented, setData };
}

describe("the tiles of a pack", () => {
  const on = {
    ...{ onPick: vi.fn(), onMenu: vi.fn(), onFold: vi.fn(), onWhole: vi.fn() },
    ...{ onKeyDown: vi.fn(), onDrag: vi.fn(), onDropOn: vi.fn() },
  };
  function show(groups: readonly ShownGroup[], part: object = {}) {
    const props = {
      groups,
      edition: 2,
      activeId: null,
      conflicts: new Set<number>(),
      box: createRef<HTMLDivElement>(),
    };
    render(<PackTiles {...{ ...props, isSelected: () => false, isOut: () => false, ...on, ...part }} />);
  }
  const tile = (id: number) => document.getElementById(`packed-${String(id)}`) ?? document.body;
  const head = () => document.querySelector(".pack-group-head") ?? document.body;

  it.each([
    [14, {}, 14],
    [15, {}, 13],
    [15, { isWhole: true }, 15],
    [15, { isWhole: true, isClosed: true }, 0],
  ])("of %i with %j so many are drawn", (count, part, drawn) => {
    expect(drawnOf(group("", many(count), part))).toHaveLength(drawn);
  });

  it("stand by folder, and the others are asked for", () => {
    show([group("", [50]), group("sprites/heroes", many(16))]);
    expect(screen.getAllByRole("group").map((each) => each.getAttribute("aria-label"))).toEqual([
      ...["Top folder", "sprites / heroes"],
    ]);
    const more = screen.getByRole("button");
    expect([more.textContent, screen.getAllByRole("option").length]).toEqual(["3 more", 14]);
    fireEvent.click(more);
    expect([on.onWhole.mock.calls, on.onPick.mock.calls]).toEqual([[["sprites/heroes"]], []]);
  });

  it("of a closed folder there is its name alone, which points to the side", () => {
    const points = () => document.querySelector("svg")?.classList[1];
    show([group("a", [1])]);
    expect(points()).toBe("lucide-chevron-down");
    cleanup();
    show([group("a", many(16), { isClosed: true })]);
    expect(points()).toBe("lucide-chevron-right");
    expect([screen.queryByRole("option"), screen.queryByRole("button"), head().textContent]).toEqual([
      ...[null, null, "a16"],
    ]);
    fireEvent.click(head());
    expect(on.onFold.mock.calls).toEqual([["a"]]);
  });

  const three = [packed(1, { is_new: true }), packed(2, { is_new: true }), packed(3)];
  it.each([
    [2, [], "a32 new"],
    [0, [], "a3"],
    [2, [1], "a2 of 31 new"],
    [2, [1, 2], "a1 of 3"],
  ])("of edition %i without %j a folder counts what is in and new", (edition, out, words) => {
    show([group("a", [], { assets: three })], { edition, isOut: (id: number) => out.includes(id) });
    expect(head().textContent).toBe(words);
  });

  it.each([
    [{}, {}, ""],
    [{ is_new: true }, {}, ", new"],
    [{ is_new: true }, { edition: 0 }, ""],
    [{ provenance: "ai_generated" }, {}, ", made with AI"],
    [{}, { conflicts: new Set([1]) }, ", to do"],
    [
      { is_new: true, provenance: "ai_generated" },
      { conflicts: new Set([1]), isOut: () => true },
      ", left out, new, made with AI, to do",
    ],
  ] as const)("%j with %j says how it is", (part, props, words) => {
    show([group("", [], { assets: [packed(1, part)] })], props);
    expect(tile(1).querySelector(".visually-hidden")?.textContent ?? "").toBe(words);
    const marks = [...tile(1).querySelectorAll(".pack-mark")].map(({ textContent: text }) => text);
    expect(marks).toEqual([words.includes("new") && "new", words.includes("AI") && "AI"].filter(Boolean));
    expect([tile(1).dataset["todo"], tile(1).getAttribute("draggable")]).toEqual([
      ...[words.includes("to do"), !words.includes("left out")].map(String),
    ]);
    expect(tile(1).title).toBe("1.png, 2.0 kB");
  });

  it.each([
    [{ frame_count: 2 }, "true"],
    [{ frame_count: 1 }, "false"],
    [{ frame_count: null }, "false"],
    [{ frame_count: null, type: "video" }, "true"],
  ])("%j moves: %s", (part, moves) => {
    show([group("", [], { assets: [packed(1, part as Partial<Packed>)] })]);
    expect(tile(1).dataset["moves"]).toBe(moves);
  });

  it("are told apart: the one at the cursor, the selected, those left out", () => {
    const which = { activeId: 1, isSelected: (id: number) => id === 2, isOut: (id: number) => id === 3 };
    show([group("", [1, 2, 3])], which);
    const told = [1, 2, 3].map((id) => [
      tile(id).dataset["active"],
      tile(id).getAttribute("aria-selected"),
      tile(id).dataset["out"],
    ]);
    expect(told).toEqual([
      ["true", "false", "false"],
      ["false", "true", "false"],
      ["false", "false", "true"],
    ]);
    expect(screen.getByRole("listbox").getAttribute("aria-activedescendant")).toBe("packed-1");
  });

  it.each([
    [{}, false, false],
    [{ shiftKey: true }, true, false],
    [{ ctrlKey: true }, false, true],
    [{ metaKey: true }, false, true],
  ])("are picked by a press with %j", (keys, isRange, isMore) => {
    show([group("", [1, 2])]);
    fireEvent.click(tile(2).querySelector("bdi") ?? document.body, keys);
    fireEvent.click(screen.getByRole("listbox"), keys);
    expect(on.onPick.mock.calls).toEqual([[2, isRange, isMore]]);
  });

  it("have a menu of their own, and keys", () => {
    show([group("", [1, 2])]);
    const asked = createEvent.contextMenu(tile(2), { clientX: 3, clientY: 4 });
    fireEvent(tile(2), asked);
    const elsewhere = createEvent.contextMenu(head());
    fireEvent(head(), elsewhere);
    expect([asked.defaultPrevented, elsewhere.defaultPrevented, on.onMenu.mock.calls]).toEqual([
      ...[true, false, [[2, { x: 3, y: 4 }]]],
    ]);
    fireEvent.keyDown(screen.getByRole("listbox"), { key: "x" });
    expect([on.onKeyDown.mock.calls.length, screen.getByRole("listbox").hasAttribute("aria-activedescendant")]).toEqual(
      [...[1, false]],
    );
  });

  it("are dragged, and dropped on another", () => {
    show([group("", [1, 2])]);
    expect(dragged("dragStart", tile(1)).setData.mock.calls).toEqual([[IS_DRAGGED, "1"]]);
    expect(dragged("dragStart", head()).setData.mock.calls).toEqual([]);
    const over = [tile(2), head()].map((each) => dragged("dragOver", each).isTaken);
    expect([over, dragged("dragOver", tile(2), ["Files"]).isTaken]).toEqual([[true, false], false]);
    const drops = [tile(2), head()].map((each) => dragged("drop", each).isTaken);
    expect([drops, dragged("drop", tile(2), ["Files"]).isTaken]).toEqual([[true, false], false]);
    dragged("dragEnd", tile(1));
    expect([on.onDropOn.mock.calls, on.onDrag.mock.calls]).toEqual([[[2]], [[1], [null]]]);
  });
});

describe("the folders of a pack", () => {
  const on = { onGo: vi.fn(), onTick: vi.fn(), onDrop: vi.fn() };
  const folder = (path: string, count: number, total: number, added = 0): Folder => ({
    ...{ folder: path, name: path.split("/").at(-1) ?? path, depth: path === "" ? 0 : path.split("/").length - 1 },
    ...{ count, total, added },
  });
  const FOLDERS = [folder("", 1, 1), folder("a", 2, 3, 1), folder("a/b", 0, 2)];
  const show = (current: string | null = null, folders = FOLDERS) =>
    render(<PackTree {...{ folders, current, ...on }} />);
  const tree = () => screen.getByRole("tree");
  const at = () => tree().getAttribute("aria-activedescendant");
  const items = () => screen.getAllByRole("treeitem");
  const item = (index: number) => items()[index] ?? document.body;
  const press = (key: string) => {
    const event = createEvent.keyDown(tree(), { key });
    fireEvent(tree(), event);
    return event.defaultPrevented;
  };

  it("say what is in them, what was left out and what is new", () => {
    show("a");
    expect(items().map(({ textContent: text }) => text)).toEqual(["Top folder1", "a+12 of 3", "b0 of 2"]);
    const told = items().map((each) => [
      each.getAttribute("aria-level"),
      each.getAttribute("aria-checked"),
      each.getAttribute("aria-selected"),
      each.dataset["out"],
    ]);
    expect(told).toEqual([
      ["1", "true", "false", "false"],
      ["1", "mixed", "true", "false"],
      ["2", "false", "false", "true"],
    ]);
    expect(
      [...document.querySelectorAll<HTMLElement>(".tick-box")].map((box) => [
        box.getAttribute("aria-checked"),
        box.title,
      ]),
    ).toEqual([
      ["true", "Leave all of it out"],
      ["mixed", "Leave all of it out"],
      ["false", "Take all of it in"],
    ]);
    expect(document.querySelector<HTMLElement>(".pack-added")?.title).toBe("1 new since the last edition");
  });

  it("are gone to by a press, and left out or taken in by their tick", () => {
    show();
    fireEvent.click(item(1));
    for (const box of document.querySelectorAll(".tick-box")) fireEvent.click(box);
    expect([on.onGo.mock.calls, on.onTick.mock.calls]).toEqual([
      [["a"]],
      [
        ["", false],
        ["a", false],
        ["a/b", true],
      ],
    ]);
  });

  it.each([
    [null, [], "pack-folder-"],
    ["a", [], "pack-folder-a"],
    ["a", ["ArrowDown"], "pack-folder-a%2Fb"],
    ["a", ["ArrowDown", "ArrowDown"], "pack-folder-a%2Fb"],
    ["a", ["ArrowUp"], "pack-folder-"],
    ["a", ["ArrowUp", "ArrowUp"], "pack-folder-"],
    ["a", ["End"], "pack-folder-a%2Fb"],
    ["a/b", ["Home"], "pack-folder-"],
    ["gone", [], null],
    ["gone", ["ArrowDown"], "pack-folder-"],
  ])("from %s the keys %j lead to %s", (current, keys, found) => {
    show(current);
    expect(keys.map(press)).toEqual(keys.map(() => true));
    expect(at()).toBe(found);
    expect(items().filter(({ dataset }) => dataset["active"] === "true").length).toBe(keys.length > 0 ? 1 : 0);
  });

  it.each([
    ["a", "Enter", [["a"]], [], true],
    ["a", " ", [], [["a", false]], true],
    ["a/b", " ", [], [["a/b", true]], true],
    ["a", "x", [], [], false],
    ["gone", "Enter", [], [], false],
    ["gone", " ", [], [], false],
  ])("in %s the key %j", (current, key, went, ticked, isTaken) => {
    show(current);
    expect([press(key), on.onGo.mock.calls, on.onTick.mock.calls]).toEqual([isTaken, went, ticked]);
  });

  it("take what is dragged, and no files of the computer", () => {
    show();
    expect([dragged("dragOver", item(1), ["Files"]).isTaken, item(1).dataset["over"]]).toEqual([false, "false"]);
    expect([dragged("dragOver", item(1)).isTaken, item(1).dataset["over"], item(0).dataset["over"]]).toEqual([
      ...[true, "true", "false"],
    ]);
    dragged("dragLeave", item(1));
    expect(item(1).dataset["over"]).toBe("false");
    dragged("dragOver", item(2));
    expect([dragged("drop", item(2)).isTaken, on.onDrop.mock.calls, item(2).dataset["over"]]).toEqual([
      ...[true, [["a/b"]], "false"],
    ]);
  });

  it.each([
    [null, 1, "a"],
    ["a", 1, "b"],
    ["b", 1, null],
    ["b", -1, "a"],
    ["a", -1, null],
  ] as const)("beside %s, %i", (current, by, found) => {
    expect(besideFolder([{ folder: "a" }, { folder: "b" }], current, by)).toBe(found);
  });

  it("have the files below them, too", () => {
    const files = [packed(1, { folder: "a" }), packed(2, { folder: "a/b" }), packed(3, { folder: "ab" })];
    expect(filesWithin(files, "a")).toEqual([1, 2]);
  });
});

it("documents are opened where they are known", () => {
  const onOpen = vi.fn();
  const documents = [
    { name: "README.md", note: "with AI note", text: "Hello." },
    { name: "CREDITS.md", note: "names", text: null },
  ];
  render(<PackDocuments {...{ documents, onOpen }} />);
  expect(screen.getAllByRole("listitem").map(({ textContent: text }) => text)).toEqual([
    ...["README.mdwith AI note", "CREDITS.mdnames"],
  ]);
  for (const button of screen.getAllByRole("button")) fireEvent.click(button);
  expect(onOpen.mock.calls).toEqual([["README.md"]]);
});
