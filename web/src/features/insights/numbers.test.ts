import { describe, expect, test } from "vitest";

import { barsOf, lastDays, totalOf } from "./numbers";

const days = (...views: number[]) =>
  views.map((count, index) => ({
    day: `2026-11-${String(index + 1).padStart(2, "0")}`,
    view_count: count,
    download_count: 0,
    reaction_count: 0,
    comment_count: 0,
  }));

describe("bars of a period", () => {
  test("there is one a day", () => {
    expect(barsOf(days(1, 2, 3), "view_count")).toEqual([1, 2, 3]);
  });
  test("neighbouring days are added up, and nothing is lost", () => {
    expect(barsOf(days(1, 2, 3, 4, 5), "view_count", 2)).toEqual([3, 12]);
    expect(totalOf(days(1, 2, 3, 4, 5), "view_count")).toBe(15);
  });
  test("no day has no bar", () => {
    expect(barsOf([], "view_count")).toEqual([]);
  });
});

test("a period ends today, in UTC", () => {
  const now = Date.parse("2026-03-01T00:30:00Z");
  expect(lastDays(2, now)).toEqual({ since: "2026-02-28", until: "2026-03-01" });
});
