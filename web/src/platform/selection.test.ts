import { describe, expect, it, vi } from "vitest";

import {
  add,
  anchorAt,
  extendTo,
  keepExisting,
  noSelection,
  orderOf,
  remove,
  type Selection,
  selectionOf,
  selectionOfAll,
  targetIndex,
  toggle,
} from "./selection";

const order = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const ids = (selection: Pick<Selection, "ids">) => [...selection.ids].sort((a, b) => a - b);

describe("a click", () => {
  it("selects, and deselects again", () => {
    const one = toggle(noSelection, 3);
    expect(ids(one)).toEqual([3]);
    expect(ids(toggle(one, 3))).toEqual([]);
  });
});

describe("a shift-click", () => {
  it("selects from the last click to here, either way", () => {
    expect(ids(extendTo(toggle(noSelection, 3), order, 6))).toEqual([3, 4, 5, 6]);
    expect(ids(extendTo(toggle(noSelection, 6), order, 3))).toEqual([3, 4, 5, 6]);
  });

  it("moves the range's end when it is repeated, and keeps what was selected before", () => {
    const before = toggle(toggle(noSelection, 9), 3);
    const wide = extendTo(before, order, 7);
    expect(ids(wide)).toEqual([3, 4, 5, 6, 7, 9]);
    expect(ids(extendTo(wide, order, 4))).toEqual([3, 4, 9]);
    expect(ids(extendTo(wide, order, 1))).toEqual([1, 2, 3, 9]);
  });

  it("deselects when the range begins at a deselected post", () => {
    const all = add(noSelection, order);
    expect(ids(extendTo(toggle(all, 3), order, 6))).toEqual([1, 2, 7, 8, 9]);
  });

  it("follows the order that is shown now, not that of the first click", () => {
    const sorted = [9, 3, 1, 2, 8, 7, 4, 5, 6];
    expect(ids(extendTo(toggle(noSelection, 3), sorted, 8))).toEqual([1, 2, 3, 8]);
  });

  it("is a plain click when the range's beginning is filtered away", () => {
    const filtered = [4, 5, 6];
    expect(ids(extendTo(toggle(noSelection, 3), filtered, 5))).toEqual([3, 5]);
    expect(ids(extendTo(noSelection, filtered, 5))).toEqual([5]);
  });
});

describe("an order of which only some are shown", () => {
  const items = [10, 11, 12, 13, 14].map((id) => ({ id }));
  const shown = orderOf(items, [0, 2, 3]);

  it("knows the place of what is shown, and of nothing else", () => {
    expect(items.map(({ id }) => shown.indexOf(id))).toEqual([0, -1, 1, 2, -1]);
    expect([0, 1, 2, 3].map((index) => shown.at(index))).toEqual([10, 12, 13, undefined]);
  });

  it("selects what is shown of a range", () => {
    expect(ids(extendTo(toggle(noSelection, 10), shown, 13))).toEqual([10, 12, 13]);
  });
});

describe("many at once", () => {
  it("adds and removes without touching the rest", () => {
    expect(ids(add(selectionOf([9]), [1, 2]))).toEqual([1, 2, 9]);
    expect(ids(remove(selectionOf([1, 2, 9]), [2]))).toEqual([1, 9]);
    expect(ids(anchorAt(selectionOf([1]), 5))).toEqual([1, 5]);
  });

  it("selects 10,000 posts in no time that one could notice", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => index);
    expect(extendTo(toggle(noSelection, 0), many, 9999).ids.size).toBe(10_000);
  });

  it("forgets what is gone, and is the same object when nothing is", () => {
    const selection = selectionOf([1, 2, 3]);
    expect(ids(keepExisting(selection, (id) => id !== 2))).toEqual([1, 3]);
    expect(keepExisting(selection, () => true)).toBe(selection);
  });
});

it("makes one set of what is selected, however many are added or taken away", () => {
  const begun = selectionOf([1, 2, 3]);
  let made = 0;
  class Counted<T> extends Set<T> {
    constructor(values?: Iterable<T>) {
      super(values);
      made += 1;
    }
  }
  vi.stubGlobal("Set", Counted);
  expect([...add(begun, [4]).ids]).toEqual([1, 2, 3, 4]);
  expect([...remove(begun, [2]).ids]).toEqual([1, 3]);
  vi.unstubAllGlobals();
  expect(made).toBe(2);
});

it("moves within the list and never out of it", () => {
  expect(targetIndex("ArrowDown", -1, 10, 5)).toBe(0);
  expect(targetIndex("ArrowDown", 9, 10, 5)).toBe(9);
  expect(targetIndex("ArrowUp", 0, 10, 5)).toBe(0);
  expect(targetIndex("PageDown", 2, 10, 5)).toBe(7);
  expect(targetIndex("PageUp", 2, 10, 5)).toBe(0);
  expect(targetIndex("End", 2, 10, 5)).toBe(9);
  expect(targetIndex("Home", 2, 10, 5)).toBe(0);
  expect(targetIndex("x", 2, 10, 5)).toBeNull();
});

it("moves both ways among tiles", () => {
  expect(targetIndex("ArrowDown", 2, 10, 5, 4)).toBe(6);
  expect(targetIndex("ArrowUp", 6, 10, 5, 4)).toBe(2);
  expect(targetIndex("ArrowRight", 3, 10, 5, 4)).toBe(4);
  expect(targetIndex("ArrowLeft", 0, 10, 5, 4)).toBe(0);
  expect(targetIndex("ArrowRight", 3, 10, 5)).toBeNull(); // a table scrolls sideways with it
});

it("all items of a list are selected without a copy of their ids", () => {
  const items = [{ id: 4 }, { id: 2 }, { id: 9 }];
  const all = selectionOfAll(items);
  expect([all.ids.size, all.ids.has(2), all.ids.has(3)]).toEqual([3, true, false]);
  expect(ids(toggle(all, 2))).toEqual([4, 9]);
});
