import { expect, it } from "vitest";

import { overfull } from "../../data/packLimits";
import { addTo, chosenOf, isSameOrder, moveBy, moveTo } from "./order";

it("a file is dragged before the one it is dropped on", () => {
  expect(moveTo([1, 2, 3, 4, 5], 4, 1)).toEqual([1, 4, 2, 3, 5]);
  expect(moveTo([1, 2, 3, 4, 5], 2, 5)).toEqual([1, 3, 4, 5, 2]);
});

it("keys move it a place at a time, and never out of the list", () => {
  expect(moveBy([1, 2, 3, 4], 3, -1)).toEqual([1, 3, 2, 4]);
  expect(moveBy([1, 2, 3, 4], 3, 1)).toEqual([1, 2, 4, 3]);
  expect(moveBy([1, 2, 3, 4], 1, -1)).toEqual([1, 2, 3, 4]);
  expect(moveBy([1, 2, 3, 4], 4, 1)).toEqual([1, 2, 3, 4]);
});

it("a file is in a pack once", () => {
  expect(addTo([1, 2], [2, 3])).toEqual([1, 2, 3]);
});

it("a file keeps its notes and the path that was set, and no other", () => {
  expect(chosenOf({ asset_id: 1, notes: "The cover.", path: "a/b.png" })).toEqual({
    asset_id: 1,
    notes: "The cover.",
    path: "a/b.png",
  });
  expect(chosenOf({ asset_id: 1, notes: null, path: null })).toEqual({ asset_id: 1 });
});

it("knows when nothing was moved", () => {
  expect([isSameOrder([1, 2], [1, 2]), isSameOrder([1, 2], [2, 1]), isSameOrder([1], [1, 2])]).toEqual([
    true,
    false,
    false,
  ]);
});

it("what a pack takes is said before one asks for more", () => {
  expect(overfull(1024, 2e9, 2e9)).toBeNull();
  expect(overfull(1310)).toBe("A pack holds up to 1,024 files. These are 1,310; remove 286, or make two packs.");
  expect(overfull(3, 3.1e9, 2e9)).toBe(
    "A pack holds up to 2.0 GB. These files are 3.1 GB; remove 1.1 GB, or make two packs.",
  );
});
