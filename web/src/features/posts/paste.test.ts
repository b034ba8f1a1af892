import { expect, it } from "vitest";

import { linesOf, pairsOf } from "./paste";

it("takes a line a post, of a spreadsheet's rows the first cell, and no empty line at the end", () => {
  expect(linesOf("Sea\r\n Sky \nRain\tnever\n\n")).toEqual(["Sea", "Sky", "Rain"]);
  expect(linesOf("one")).toEqual(["one"]);
});

it("gives lines to the posts in the order that is shown, from the one with the cursor on", () => {
  expect(pairsOf([9, 8, 7, 6], 1, ["Sea", "", "Sky", "more", "than there are"])).toEqual([
    [8, "Sea"],
    [6, "Sky"],
  ]);
});
