import { expect, it } from "vitest";

import { targetIndex } from "./gridKeys";

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
