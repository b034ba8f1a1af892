import { expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import { monthAt, monthsOf, monthWords } from "./months";

const rows = ["2026-10-30", "2026-10-02", "2026-08-15", "2025-12-31"].map((day, index) =>
  aPost(9 - index, { created_at: `${day}T12:00:00Z` }),
);

it("says where each month begins and how full it is, in the order of the list", () => {
  const told = (list: typeof rows) => monthsOf(list).map((month) => [monthWords(month), month.index, month.count]);
  expect(told(rows)).toEqual([
    ["Oct 26", 0, 2],
    ["Aug 26", 2, 1],
    ["Dec 25", 3, 1],
  ]);
  expect(told(rows.toReversed())).toEqual([
    ["Dec 25", 0, 1],
    ["Aug 26", 1, 1],
    ["Oct 26", 2, 2],
  ]);
});

it("knows which month a post is in", () => {
  const months = monthsOf(rows);
  expect([0, 1, 2, 3].map((index) => monthAt(months, index)?.month)).toEqual([9, 9, 7, 11]);
  expect(monthAt([], 4)).toBeUndefined();
});
