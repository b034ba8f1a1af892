import { expect, it } from "vitest";

import { backoffMs } from "./stream";

it("waits longer after each failure, never longer than half a minute, and never for ever", () => {
  const longest = Array.from({ length: 40 }, (_, failures) => backoffMs(failures, () => 1));
  expect(longest.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(Math.max(...longest)).toBe(30_000);
});

it("spreads visitors out, so that a restarted service is not met by a crowd", () => {
  expect(backoffMs(3, () => 0)).toBe(4000);
  expect(backoffMs(3, () => 1)).toBe(8000);
});
