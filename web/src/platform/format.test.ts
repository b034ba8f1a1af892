import { describe, expect, it, vi } from "vitest";

import { formatAgo, formatBytes, formatCount, formatDate, formatDuration, formatLicense, formatTime } from "./format";

it("counts", () => {
  expect(formatCount(10_000)).toBe("10,000");
});

it("writes sizes with as many digits as one needs", () => {
  expect([0, 999, 1000, 1234, 99_949, 99_950, 999_499, 999_500, 2_147_483_648, 5e15].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "1.2 kB",
    "99.9 kB",
    "100 kB",
    "999 kB",
    "1.0 MB",
    "2.1 GB",
    "5000 TB",
  ]);
});

describe("durations", () => {
  it("have at most two units", () => {
    expect([0, -5, 1, 59, 60, 61, 299, 300, 3600, 3660, 86_400, 90_000, 604_799].map(formatDuration)).toEqual([
      "now",
      "now",
      "1 s",
      "59 s",
      "1 min",
      "1 min 1 s",
      "4 min 59 s",
      "5 min",
      "1 h",
      "1 h 1 min",
      "1 d",
      "1 d 1 h",
      "6 d 23 h",
    ]);
  });

  it("say how long ago something was", () => {
    const now = Date.parse("2026-01-02T12:00:00Z");
    expect(formatAgo("2026-01-02T12:00:00Z", now)).toBe("just now");
    expect(formatAgo("2026-01-02T11:55:00Z", now)).toBe("5 min ago");
    expect(formatAgo("2026-01-02T01:00:00Z", now)).toBe("11 h ago");
    expect(formatAgo("2025-12-24T12:00:00Z", now)).toBe("2025-12-24");
  });
});

it("writes licences as people call them", () => {
  const names = ["CC-BY-4.0", "CC-BY-NC-SA-4.0", "CC0-1.0", "MIT"].map(formatLicense);
  expect(names).toEqual(["CC BY", "BY-NC-SA", "CC0", "MIT"]);
});

it("groups the digits of large numbers, and of no others", () => {
  expect([0, 999, 1000, 123_456, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "123,456", "1,234,567"]);
});

it("writes days and times in the visitor's time zone, all of one length", () => {
  const at = new Date(2026, 0, 3, 9, 5);
  expect(formatDate(at.toISOString())).toBe("2026-01-03");
  expect(formatTime(at.getTime())).toBe("09:05");
});

// The last: it loads the module again.
it.each([
  ["en", ["1,234,567", "9.5", "1.2 kB"]],
  ["de", ["1.234.567", "9,5", "1,2 kB"]],
])("writes numbers with the signs of %s", async (language, expected) => {
  vi.resetModules();
  vi.doMock("./language", () => ({ language, isMirrored: false }));
  const format = await import("./format");
  vi.doUnmock("./language");
  expect([format.formatCount(1_234_567), format.formatDecimal(9.5, 1), format.formatBytes(1234)]).toEqual(expected);
});
