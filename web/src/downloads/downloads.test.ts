import { expect, it } from "vitest";

import { aBdr } from "../testing/posts";
import { effectiveStatus, secondsLeft, sortedDownloads } from "./downloads";

it("shows the newest first", () => {
  const older = aBdr("a", { created_at: "2026-01-01T00:00:00Z" });
  const newer = aBdr("b", { created_at: "2026-01-01T00:00:00.5Z" });
  expect(sortedDownloads(new Map([older, newer].map((bdr) => [bdr.id, bdr]))).map((bdr) => bdr.id)).toEqual(["b", "a"]);
});

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
  expect(secondsLeft(at(25), start + 10_000)).toBe(30);
  expect(secondsLeft(at(100), start + 10_000)).toBe(0);
  expect(secondsLeft(at(0), start + 10_000)).toBeNull();
  expect(secondsLeft(at(25), start + 500)).toBeNull();
  expect(secondsLeft(aBdr("a"), start)).toBeNull();
});
