import { expect, it, vi } from "vitest";

import { backoffMs, EventStream } from "./stream";

it("waits longer after each failure, never longer than half a minute, and never for ever", () => {
  const longest = Array.from({ length: 40 }, (_, failures) => backoffMs(failures, () => 1));
  expect(longest.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(Math.max(...longest)).toBe(30_000);
});

it("spreads visitors out, so that a restarted service is not met by a crowd", () => {
  expect(backoffMs(3, () => 0)).toBe(4000);
  expect(backoffMs(3, () => 1)).toBe(8000);
});

it("tries again where an opening hangs, which no event tells", () => {
  vi.useFakeTimers();
  const opened: string[] = [];
  class Hanging extends EventTarget {
    constructor(url: string) {
      super();
      opened.push(url);
    }
    close() {
      opened.push("closed");
    }
  }
  vi.stubGlobal("EventSource", Hanging);
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", new EventTarget());
  const told: string[] = [];
  const stream = new EventStream(
    "/sse",
    (message) => message.type === "connection" && told.push(message.connection),
    () => told.push("failed"),
  );
  stream.start();
  vi.advanceTimersByTime(21_000);
  stream.stop();
  expect(opened).toEqual(["/sse", "closed", "/sse", "closed"]);
  expect(told).toEqual(["connecting", "waiting", "failed", "connecting"]);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
