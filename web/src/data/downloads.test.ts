import { expect, it } from "vitest";

import { aBdr } from "../testing/posts";
import { contentsOf, effectiveStatus, noteEnded, noteRequested, takeRequested, timeLeft } from "./downloads";

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

it("counts files where it is of the library or of everything, and artworks elsewhere", () => {
  expect(contentsOf(aBdr("a", { artwork_count: 1 }))).toBe("1 artwork");
  expect(contentsOf(aBdr("a", { artwork_count: 214, file_count: 214 }))).toBe("214 files");
  expect(contentsOf(aBdr("a", { artwork_count: 3, takeout_id: "t" }))).toBe("3 files");
});

it("is no news where it has ended before its request was answered, and is announced once", () => {
  noteEnded("early");
  expect([noteRequested("early"), takeRequested("early")]).toEqual([false, false]);
  expect([noteRequested("later"), takeRequested("later"), takeRequested("later")]).toEqual([true, true, false]);
});
