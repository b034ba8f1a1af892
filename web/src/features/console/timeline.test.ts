import { describe, expect, it } from "vitest";

import { asText, layOut } from "./timeline";

const event = (at: string, seconds: number | null, place = "worker", is_fault = false) => ({
  at: `2026-11-22T09:${at}Z`,
  place,
  what: "x",
  seconds,
  is_fault,
});

describe("a row's story", () => {
  it("stays in its order on the line, within it, and waits do not swallow it", () => {
    const bars = layOut([
      event("00:00", 0.1, "server"),
      event("00:00.1", 3600, "queue"),
      event("59:59", 2, "child", true),
    ]);
    expect(bars.map(({ look }) => look)).toEqual(["work", "wait", "fault"]);
    expect(bars[0]?.at).toBe(0);
    expect(bars[2]?.at).toBeGreaterThan(bars[1]?.at ?? 100);
    expect(bars.every(({ at, width }) => at >= 0 && at < 100 && width >= 0 && at + width <= 100.01)).toBe(true);
    expect(bars[0]?.width).toBeGreaterThan(1);
  });

  it("is nothing where there is none", () => {
    expect(layOut([])).toEqual([]);
  });

  it("is told in words as well", () => {
    expect(asText("Upload · boss.png", [event("00:00", 0.5)])).toContain("worker: x (0.500 s)");
  });
});
