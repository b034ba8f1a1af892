import { describe, expect, it } from "vitest";

import { byRows, isStacked, itemOf, rowOf, rowsOf, sequencesOf, stackOf, stacksOf } from "./rows";
import { assetOf } from "../../testing/assets";

const groups = [
  { folder: "a", count: 3 },
  { folder: "b", count: 5 },
];
const open = { total: 8, groups, closed: new Set<string>(), columns: 2, isHidden: () => false };

describe("rows of tiles by folders", () => {
  it("have a heading each, and no folder shares a row with another", () => {
    const kinds = rowsOf(open).rows.map((row) => (row.kind === "head" ? "head" : row.to - row.from));
    expect(kinds).toEqual(["head", 2, 1, "head", 2, 2, 1]);
  });

  it("leave out what lies in a closed folder, whose heading stays", () => {
    const { rows, shown } = rowsOf({ ...open, closed: new Set(["a"]) });
    expect(rows.slice(0, 2).map(({ kind }) => kind)).toEqual(["head", "head"]);
    expect(shown).toEqual([3, 4, 5, 6, 7]);
  });

  it("have all of the list where the folders' counts are older", () => {
    expect(rowsOf({ ...open, total: 10 }).shown).toHaveLength(10);
    expect(rowsOf({ ...open, total: 2 }).shown).toHaveLength(2);
    expect(rowsOf({ ...open, total: 2, groups: [] }).shown).toHaveLength(2);
  });

  it("are led through by arrows in the same column, as far as a row reaches", () => {
    const layout = rowsOf(open);
    expect(byRows(layout, 1, 1)).toBe(2); // the second of two, above a row of one
    expect(byRows(layout, 2, 1)).toBe(3); // over the heading
    expect(byRows(layout, 3, -1)).toBe(2);
    expect(byRows(layout, 0, 100)).toBe(7);
    expect(byRows(layout, -1, 1)).toBe(0);
  });

  it("are found by what they have", () => {
    const layout = rowsOf(open);
    expect([0, 1, 2, 3, 7].map((index) => rowOf(layout, index))).toEqual([1, 1, 2, 4, 6]);
    expect([0, 1, 2, 4].map((row) => itemOf(layout, row))).toEqual([0, 0, 2, 3]);
  });
});

describe("a stack", () => {
  it("is what was made of a file and stands behind it", () => {
    const files = [
      assetOf({ id: 1 }),
      assetOf({ id: 2, parent_asset_id: 1 }),
      assetOf({ id: 3, parent_asset_id: 1 }),
      assetOf({ id: 4 }),
    ];
    expect([0, 1, 3].map((place) => stackOf(files, place))).toEqual([2, 0, 0]);
    expect([0, 1, 2, 3].map((place) => isStacked(files, place, new Set()))).toEqual([false, true, true, false]);
    expect(isStacked(files, 1, new Set([1]))).toBe(false); // its stack is spread
    expect(isStacked(files.slice(1), 0, new Set())).toBe(false); // its original is not here
  });
});

describe("a sequence", () => {
  const frame = (number: number, part = {}) =>
    assetOf({ id: 10 + number, sequence: "walk_#.png", frame_number: number, ...part });

  it("is three files or more whose numbers count, without what is stacked on them", () => {
    const files = [frame(8), frame(9), assetOf({ id: 1, parent_asset_id: 19 }), frame(10), frame(12), frame(13)];
    expect([...sequencesOf(files)]).toEqual([[0, [0, 1, 3]]]);
  });

  it("ends where the folder, the size or the name is another, or a file is not known yet", () => {
    const others = [{ folder: "old" }, { width: 32 }, { height: 8 }, { sequence: "run_#.png" }, { sequence: null }];
    for (const part of others) expect(sequencesOf([frame(1), frame(2), frame(3, part)]).size).toBe(0);
    expect(sequencesOf([frame(1), frame(2), undefined, frame(3)]).size).toBe(0);
  });
});

describe("a file in a stack", () => {
  it("stands below the one on top", () => {
    const files = [assetOf({ id: 1 }), assetOf({ id: 2, stack_id: 1 })];
    expect(stackOf(files, 0)).toBe(1);
    expect(isStacked(files, 1, new Set())).toBe(true);
  });

  it("is taken apart with all of its stack, but not with what was made from it", () => {
    const [top, result, below, last] = [
      assetOf({ id: 1 }),
      assetOf({ id: 5, parent_asset_id: 2 }),
      assetOf({ id: 2, stack_id: 1 }),
      assetOf({ id: 3 }),
    ] as const;
    const files = [top, below, result, assetOf({ id: 4, stack_id: 1 }), last];
    expect(stacksOf(files, [below, top, last]).map((stack) => stack.map(({ id }) => id))).toEqual([[1, 2, 4]]);
    expect(stacksOf(files, [result, last])).toEqual([]);
    expect(stacksOf(files.slice(1), [below])).toEqual([]); // the one on top is not here
  });
});
