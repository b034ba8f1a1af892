import { expect, it } from "vitest";

import { aBdr } from "../testing/posts";
import { effectiveStatus, timeLeft } from "./downloads";

it("lets a link expire by the clock, whether or not anybody says so", () => {
  const ready = aBdr("a", { status: "ready", expires_at: "2026-01-08T00:00:00Z" });
  const end = Date.parse("2026-01-08T00:00:00Z");
  expect(effectiveStatus(ready, end - 1)).toBe("ready");
  expect(effectiveStatus(ready, end)).toBe("expired");
});

it("tells the time left from the pace so far, and nothing before there is one", () => {
  const start = Date.parse("2026-01-01T00:00:00Z");
  const at = (processed: number) =>
    aBdr("a", { status: "processing", started_at: "2026-01-01T00:00:00Z", processed_count: processed });
  expect(timeLeft(at(25), start + 10_000)).toBe(30);
  expect(timeLeft(at(100), start + 10_000)).toBe(0);
  expect(timeLeft(at(0), start + 10_000)).toBeNull();
  expect(timeLeft(at(25), start + 500)).toBeNull();
  expect(timeLeft(aBdr("a"), start)).toBeNull();
});
