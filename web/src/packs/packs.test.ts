import { expect, it } from "vitest";

import { addTo, isSameOrder, moveBy, moveTo } from "./order";

it("files are dragged before the one they are dropped on, and keep their own order", () => {
  expect(moveTo([1, 2, 3, 4, 5], new Set([4]), 1)).toEqual([1, 4, 2, 3, 5]);
  expect(moveTo([1, 2, 3, 4, 5], new Set([2]), 5)).toEqual([1, 3, 4, 5, 2]);
  expect(moveTo([1, 2, 3, 4, 5], new Set([5, 1]), 3)).toEqual([2, 3, 1, 5, 4]);
});

it("keys move them a place at a time, and never out of the list", () => {
  expect(moveBy([1, 2, 3, 4], new Set([3]), -1)).toEqual([1, 3, 2, 4]);
  expect(moveBy([1, 2, 3, 4], new Set([3]), 1)).toEqual([1, 2, 4, 3]);
  expect(moveBy([1, 2, 3, 4], new Set([1]), -1)).toEqual([1, 2, 3, 4]);
  expect(moveBy([1, 2, 3, 4], new Set([4]), 1)).toEqual([1, 2, 3, 4]);
  expect(moveBy([1, 2, 3, 4], new Set([2, 4]), -1)).toEqual([2, 4, 1, 3]);
  expect(moveBy([1, 2], new Set(), 1)).toEqual([1, 2]);
});

it("a file is in a pack once", () => {
  expect(addTo([1, 2], [2, 3])).toEqual([1, 2, 3]);
});

it("knows when nothing was moved", () => {
  expect([isSameOrder([1, 2], [1, 2]), isSameOrder([1, 2], [2, 1]), isSameOrder([1], [1, 2])]).toEqual([
    true,
    false,
    false,
  ]);
});
