import { expect, it } from "vitest";

import { targetIndex } from "./useGridKeys";

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
