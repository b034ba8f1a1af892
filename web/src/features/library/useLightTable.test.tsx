// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { noSelection, type Selection } from "../../platform/selection";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { noFilters, type Sort } from "./filters";
import { useLightTable } from "./useLightTable";

const room = vi.hoisted(() => ({ width: 0, isNarrow: false }));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => ({ width: room.width, height: 500 }) }));
vi.mock("../../ui/useMediaQuery", () => ({ useMediaQuery: () => room.isNarrow }));
vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "me" } }, moderates: false }));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));

const focus = vi.fn();
const list = {
  known: new Map<number, Asset>(),
  ensure: vi.fn(),
  all: vi.fn(),
  windows: { get: () => ({ items: files }) },
};
let files: (Asset | undefined)[];
const fileOf = (id: number, part: Partial<Asset> = {}) => assetOf({ id, name: `${id}.png`, ...part });
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(room, { width: 632, isNarrow: false });
  files = [1, 2, 3, 4, 5, 6].map((id) => fileOf(id, { folder: id < 4 ? "a" : "b" }));
  list.all.mockResolvedValue(true);
});
afterEach(cleanup);

interface Shown {
  sort?: Sort;
  isDescending?: boolean;
  look?: "grid" | "list";
  size?: number;
  folders?: { folder: string; count: number }[];
  isExact?: boolean;
  q?: string;
}
const AB = [
  { folder: "a", count: 3 },
  { folder: "b", count: 3 },
  { folder: "empty", count: 0 },
];
function hooked(initialProps: Shown = {}) {
  list.known = new Map(files.flatMap((file) => (file ? [[file.id, file] as const] : [])));
  return renderHook(
    ({
      sort = "path",
      isDescending = false,
      look = "grid",
      size = 140,
      folders = AB,
      isExact = true,
      q = "",
    }: Shown) => {
      const [selection, setSelection] = useState<Selection>(noSelection);
      const table = useLightTable({
        ...{ list: list as never, sort, isDescending, look, size, selection, setSelection },
        windows: { items: files, isExact } as never,
        filters: { ...noFilters, q },
        folders: folders,
        box: { current: { focus } as unknown as HTMLDivElement },
        handle: { current: { shape: () => ({ rows: 2, columns: 4 }) } as never },
      });
      return { ...table, ids: [...selection.ids], setSelection };
    },
    { initialProps },
  );
}
const rows = (table: ReturnType<typeof useLightTable>) =>
  table.layout.rows.map((row) =>
    row.kind === "head" ? `head ${row.group}` : table.layout.shown.slice(row.from, row.to),
  );

describe("the layout", () => {
  it("has as many columns as fit between the margins, and one in a list", () => {
    const { result, rerender } = hooked();
    expect([result.current.columns, result.current.tile, result.current.gap, result.current.caption]).toEqual([
      4, 142, 10, 48,
    ]);
    rerender({ look: "list" });
    expect([result.current.columns, result.current.tile]).toEqual([1, 600]);
  });

  it.each([
    [324, 3, 105],
    [640, 4, 157],
  ])("on a phone of %i pixels has %i columns without words", (width, columns, tile) => {
    Object.assign(room, { width, isNarrow: true });
    const { result } = hooked();
    expect([result.current.columns, result.current.tile, result.current.gap, result.current.caption]).toEqual([
      columns,
      tile,
      2,
      0,
    ]);
  });

  it("has the folders as groups, in the order of the list, without those that are empty", () => {
    const { result, rerender } = hooked();
    expect(rows(result.current)).toEqual(["head 0", [0, 1, 2], "head 1", [3, 4, 5]]);
    expect(result.current.layout.placed.map(({ folder }) => folder)).toEqual(["a", "b"]);
    rerender({ isDescending: true });
    expect(result.current.layout.placed.map(({ folder }) => folder)).toEqual(["b", "a"]);
  });

  it.each([{ sort: "size" as const }, { q: "sea" }])("has no groups where the order is another: %j", (props) => {
    const { result } = hooked(props);
    expect([result.current.isGrouped, rows(result.current)]).toEqual([
      false,
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
    ]);
  });

  it("is empty until the room is known", () => {
    room.width = 0;
    expect(rows(hooked().result.current)).toEqual([]);
  });

  it("folds a folder, and opens it again", () => {
    const { result } = hooked();
    act(() => result.current.onFold("a"));
    expect(rows(result.current)).toEqual(["head 0", "head 1", [3, 4, 5]]);
    act(() => result.current.onFold("a"));
    expect(rows(result.current)).toHaveLength(4);
  });

  it("shows a sequence as its first frame until it is spread, but in the other order", () => {
    const frame = (id: number, at: number) => fileOf(id, { folder: "a", sequence: 1 as never, frame_number: at });
    files = [frame(1, 1), frame(2, 2), frame(3, 3), ...files.slice(3)];
    const { result, rerender } = hooked();
    const folded = result.current.layout.shown;
    act(() => result.current.onSpread(fileOf(1)));
    const spread = result.current.layout.shown;
    rerender({ isDescending: true });
    expect([folded, spread, result.current.sequences.size]).toEqual([[0, 3, 4, 5], [0, 1, 2, 3, 4, 5], 0]);
  });

  it("hides what is stacked on another file until that one is spread", () => {
    files[1] = fileOf(2, { folder: "a", parent_asset_id: 1 });
    const { result } = hooked();
    expect(result.current.layout.shown).toEqual([0, 2, 3, 4, 5]);
    act(() => result.current.onSpread(fileOf(1)));
    expect(result.current.layout.shown).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("the selection", () => {
  it("is what was picked, has the focus in the list, and forgets what has left it", () => {
    const { result, rerender } = hooked();
    act(() => result.current.pick(fileOf(2), false));
    act(() => result.current.pick(fileOf(4), true));
    expect([result.current.selected.map(({ id }) => id), focus.mock.calls.length]).toEqual([[2, 3, 4], 2]);
    expect(result.current.active?.id).toBe(4);
    list.known.set(3, fileOf(3, { state: "trash" }));
    list.known.delete(4);
    rerender({});
    expect([result.current.ids, result.current.selected.map(({ id }) => id), result.current.active]).toEqual([
      [2],
      [2],
      null,
    ]);
  });

  it.each([
    [true, [1, 2, 3, 4, 5, 6]],
    [false, []],
  ])("of all is that of what could be fetched: %s", async (isFetched, ids) => {
    list.all.mockResolvedValue(isFetched);
    const { result } = hooked();
    await act(() => result.current.selectAll());
    expect(result.current.ids).toEqual(ids);
  });
});

describe("beyond what is known", () => {
  it("the cursor arrives once the file is there", () => {
    files = [...files.slice(0, 5), undefined];
    const { result, rerender } = hooked({ sort: "size" });
    act(() => result.current.onBeyond(5, false));
    expect([list.ensure.mock.calls, result.current.activeId]).toEqual([[[5, 5]], null]);
    files = [...files.slice(0, 5), fileOf(6)];
    list.known.set(6, fileOf(6));
    rerender({ sort: "size" });
    expect([result.current.activeId, result.current.ids]).toEqual([6, []]);
  });

  it("the end waits until the files are counted", () => {
    const { result, rerender } = hooked({ sort: "size", isExact: false });
    expect(result.current.targetOf("End", 0)).toBe(Infinity);
    act(() => result.current.onBeyond(Infinity, false));
    expect(result.current.activeId).toBe(null);
    rerender({ sort: "size" });
    expect([result.current.activeId, result.current.targetOf("End", 0)]).toEqual([6, undefined]);
  });

  it.each([
    [true, [2, 3, 4, 5, 6], 6],
    [false, [2], 2],
  ])("a range is selected once all files of it are there: %s", async (isFetched, ids, active) => {
    list.all.mockResolvedValue(isFetched);
    const { result } = hooked({ sort: "size" });
    act(() => result.current.pick(fileOf(2), false));
    act(() => result.current.onBeyond(9, true));
    await settled();
    expect([result.current.ids, result.current.activeId]).toEqual([ids, active]);
  });
});

it.each([
  ["ArrowDown", 0, 4],
  ["ArrowUp", 9, 5],
  ["PageDown", 0, 8],
  ["PageUp", 9, 1],
  ["ArrowRight", 0, undefined],
])("%s from %i leads to %s in four columns, and as usual in a list", (key, from, to) => {
  files = Array.from({ length: 12 }, (_, index) => fileOf(index + 1));
  const { result, rerender } = hooked({ sort: "size" });
  expect(result.current.targetOf(key, from)).toBe(to);
  rerender({ look: "list" });
  expect(result.current.targetOf(key, from)).toBe(undefined);
});
