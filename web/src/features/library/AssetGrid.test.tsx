// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { AssetGrid } from "./AssetGrid";
import { rowsOf } from "./rows";

type Given = Record<string, unknown>;
const drawn = vi.hoisted(() => ({ rows: {}, tiles: new Map<number, Given>(), range: null as object | null }));
vi.mock("./AssetTile", () => ({
  AssetTile: (props: Given & { asset: Asset }) => {
    drawn.tiles.set(props.asset.id, props);
    return <p data-id={props.asset.id}>{props.asset.name}</p>;
  },
}));
vi.mock("../../commands/list/useRows", () => ({
  useRows: (options: Given & { count: number; heightOf: (row: number) => number }) => {
    drawn.rows = options;
    const size = Array.from({ length: options.count }, (_, index) => options.heightOf(index));
    return {
      range: drawn.range,
      getTotalSize: () => size.reduce((sum, each) => sum + each, 0),
      getVirtualItems: () => size.map((height, index) => ({ index, start: index * 100, size: height })),
    };
  },
}));

const on = { onPick: vi.fn(), onOpen: vi.fn(), onStack: vi.fn(), onFold: vi.fn(), openMenuFor: vi.fn() };
const want = vi.fn();
const list = { want };
let items: (Asset | undefined)[];
beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers();
  drawn.tiles.clear();
  drawn.range = { startIndex: 0, endIndex: 9 };
  items = [1, 2, 3, 4, 5].map((id) => assetOf({ id, name: `${id}.png` }));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const GROUPS = [
  { folder: "a/b", count: 3 },
  { folder: "", count: 2000 },
];
interface Shown {
  isGrouped?: boolean;
  look?: "grid" | "list";
  closed?: string[];
  hidden?: number[];
  sequences?: [number, number[]][];
  activeId?: number | null;
}
function show({
  isGrouped = true,
  look = "grid",
  closed = [],
  hidden = [],
  sequences = [],
  activeId = null,
}: Shown = {}) {
  const draw = () => {
    const layout = rowsOf({
      ...{ total: items.length, groups: isGrouped ? GROUPS : null, closed: new Set(closed), columns: 2 },
      isHidden: (place) => hidden.includes(place),
    });
    const props = {
      ...{ list, items, layout, placed: layout.placed, isGrouped, closed: new Set(closed), columns: 2, look, activeId },
      ...{ tile: 100, caption: 48, gap: 10, label: "Files", box: { current: null }, handle: { current: null } },
      ...{ sequences: new Map(sequences), selection: { ids: new Set([2]) }, activeIndex: 0, moves: 7, ...on },
    };
    return <AssetGrid {...(props as unknown as Parameters<typeof AssetGrid>[0])} />;
  };
  const { rerender, unmount } = render(draw());
  return { again: () => rerender(draw()), unmount };
}
const tile = (id: number) => drawn.tiles.get(id) ?? {};
const rows = () => drawn.rows as { heightOf: (row: number) => number; padding: object; rowOf: (at: number) => number };
const heads = () => [...document.querySelectorAll(".asset-group")].map((each) => each.textContent);
const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

it("shows the folders with their files, and says of each where it is in the list", () => {
  show({ activeId: 3 });
  expect(heads()).toEqual(["a / b3", "In no folder2"]);
  expect([1, 2, 3].map((id) => [tile(id)["isSelected"], tile(id)["isActive"], tile(id)["place"]])).toEqual([
    [false, false, 0],
    [true, false, 1],
    [false, true, 2],
  ]);
  expect([tile(1)["total"], tile(1)["size"], tile(1)["look"]]).toEqual([5, 100, "grid"]);
  expect(screen.getByRole("listbox", { name: "Files" }).getAttribute("aria-activedescendant")).toBe("asset-3");
  fireEvent.click(document.querySelectorAll(".asset-group")[1] ?? document.body);
  expect(on.onFold.mock.calls).toEqual([[""]]);
});

it.each([
  ["grid", true, [34, 158], { start: 0, end: 72 }],
  ["grid", false, [158, 158], { start: 12, end: 72 }],
  ["list", true, [34, 44], { start: 0, end: 72 }],
] as const)("has rows as high as what is in them: %s, in folders %s", (look, isGrouped, heights, padding) => {
  show({ look, isGrouped });
  const seen = { heights: [rows().heightOf(0), rows().heightOf(1)], padding: rows().padding };
  expect(seen).toEqual({ heights, padding });
  const lines = [...document.querySelectorAll<HTMLElement>(".asset-row")].map((row) => row.style.gridTemplateColumns);
  expect(lines[0]).toBe(look === "grid" ? "repeat(2, 100px)" : "1fr");
  expect(document.querySelector(".asset-grid")?.getAttribute("aria-activedescendant")).toBe(null);
});

it("keeps the place of a file that is still loading, and shows a closed folder without files", () => {
  items[1] = undefined;
  show();
  expect([document.querySelectorAll(".asset-waits").length, document.querySelectorAll("[data-id]").length]).toEqual([
    1, 4,
  ]);
  cleanup();
  show({ closed: ["a/b"] });
  expect([heads().length, [...document.querySelectorAll("[data-id]")].map((each) => each.textContent)]).toEqual([
    2,
    ["4.png", "5.png"],
  ]);
});

it("gives a tile its stack and its sequence, and whether that is spread", () => {
  items[3] = assetOf({ id: 4, parent_asset_id: 3 });
  show({ isGrouped: false, sequences: [[0, [0, 1]]] });
  expect([tile(3)["stack"], tile(1)["stack"]]).toEqual([1, 0]);
  expect([(tile(1)["frames"] as Asset[]).map(({ id }) => id), tile(1)["isSpread"], tile(2)["frames"]]).toEqual([
    [1, 2],
    true,
    [],
  ]);
  cleanup();
  show({ isGrouped: false, sequences: [[0, [0, 1]]], hidden: [1] });
  expect([tile(1)["isSpread"], tile(3)["isSpread"]]).toEqual([false, false]);
});

it("fetches what is in sight once it stays there, and nothing after it was left", () => {
  drawn.range = { startIndex: 2, endIndex: 3 };
  const { again, unmount } = show();
  pass(59);
  expect(want).not.toHaveBeenCalled();
  pass(1);
  expect(want.mock.calls).toEqual([[2, 2]]);
  drawn.range = { startIndex: 1, endIndex: 4 };
  again();
  pass(60);
  expect(want.mock.lastCall).toEqual([0, 4]);
  drawn.range = { startIndex: 3, endIndex: 3 };
  again();
  pass(60);
  expect(want.mock.lastCall).toEqual([0, 0]);
  drawn.range = { startIndex: 4, endIndex: 4 };
  again();
  unmount();
  pass(60);
  expect(want).toHaveBeenCalledTimes(3);
});

it("fetches the first files at once", () => {
  items = [];
  drawn.range = null;
  show();
  pass(0);
  expect(want.mock.calls).toEqual([[0, 0]]);
});

it("opens the menu of a file where it is asked for, and of nothing beside files", () => {
  show();
  const isFree = fireEvent.contextMenu(screen.getByText("2.png"), { clientX: 3, clientY: 4 });
  expect([isFree, on.openMenuFor.mock.calls]).toEqual([false, [[2, { x: 3, y: 4 }]]]);
  expect([fireEvent.contextMenu(screen.getByRole("listbox")), on.openMenuFor.mock.calls.length]).toEqual([true, 1]);
});
