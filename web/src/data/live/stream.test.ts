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
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  const told: string[] = [];
  const stream = new EventStream(
    "/sse",
    (message) => message.type === "connection" && told.push(message.connection),
    () => told.push("failed"),
  );
  stream.start();
  document.dispatchEvent(new Event("visibilitychange")); // it is open already
  vi.advanceTimersByTime(21_000);
  stream.stop();
  expect(opened).toEqual(["/sse", "closed", "/sse", "closed"]);
  expect(told).toEqual(["connecting", "waiting", "failed", "connecting"]);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A stream whose connections are opened and spoken to by hand, and what it has told. */
function spoken() {
  vi.useFakeTimers();
  const opened: EventTarget[] = [];
  class Source extends EventTarget {
    constructor() {
      super();
      opened.push(this);
    }
    close() {
      opened.pop();
    }
  }
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", new EventTarget());
  const told: string[] = []; // how the connection is, and that events were lost
  const stream = new EventStream(
    "/sse",
    (message) => {
      if (message.type === "connection") told.push(message.connection);
      else if (message.type === "lost") told.push("lost");
    },
    () => undefined,
  );
  const say = (event: Event) => opened.at(-1)?.dispatchEvent(event);
  return { stream, told, say };
}

it("tells that events were lost where an open line breaks, before it opens another", () => {
  const { stream, told, say } = spoken();
  stream.start();
  say(new MessageEvent("connected", { data: "{}" }));
  told.length = 0;
  say(new Event("error"));
  expect(told).toEqual(["waiting", "lost"]);
  stream.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("says so where the pings stop, and is live again with the next one", () => {
  const { stream, told, say: send } = spoken();
  const say = (name: string) => send(new MessageEvent(name, { data: "{}" }));
  stream.start();
  say("connected");
  vi.advanceTimersByTime(60_000);
  expect(told, "a server without pings").toEqual(["connecting", "live"]);
  for (let pings = 0; pings < 12; pings++) {
    say("ping");
    vi.advanceTimersByTime(5000);
  }
  expect(told).toEqual(["connecting", "live"]);
  vi.advanceTimersByTime(5000);
  expect(told).toEqual(["connecting", "live", "silent"]);
  say("ping");
  expect(told).toEqual(["connecting", "live", "silent", "live"]);
  vi.advanceTimersByTime(9000);
  expect(told.at(-1)).toBe("silent");
  vi.advanceTimersByTime(12_500);
  expect(told.slice(4), "and after a while it tries another connection").toEqual(["silent", "waiting", "lost"]);
  vi.advanceTimersByTime(1500);
  expect(told.at(-1)).toBe("connecting");
  stream.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
