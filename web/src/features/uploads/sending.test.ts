import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Item, type SendEvents, SendQueue, type SendFault } from "./sending";

const temporary: SendFault = { kind: "temporary", message: "cut" };

let running: Map<string, SendEvents>;
let interrupted: string[];
let queue: SendQueue;

const item = (id: string, size = 10, upload = "u"): Item => ({
  id,
  upload,
  path: `${id}.png`,
  file: new Blob(["x".repeat(size)]),
  url: `/files/${id}`,
});
const states = (upload = "u") => {
  vi.advanceTimersByTime(300);
  return Object.fromEntries(
    queue.views
      .get()
      .get(upload)
      ?.items.map(({ id, state }) => [id, state]) ?? [],
  );
};
const events = (id: string): SendEvents => {
  const found = running.get(id);
  if (!found) throw new Error(`${id} is not being sent`);
  return found;
};

beforeEach(() => {
  vi.useFakeTimers();
  running = new Map();
  interrupted = [];
  queue = new SendQueue(
    ({ id }, on) => {
      running.set(id, on);
      return () => interrupted.push(id);
    },
    { parallel: 2 },
  );
});
afterEach(() => vi.useRealTimers());

it("sends nothing more of an upload that is dropped, and goes on with others", () => {
  queue.add([item("a"), item("b"), item("c"), item("d", 10, "other")]);
  expect(states()).toEqual({ a: "sending", b: "sending", c: "waiting" });
  queue.drop("u");
  expect(interrupted).toEqual(["a", "b"]);
  expect([...running.keys()]).toEqual(["a", "b", "d"]);
  expect(states()).toEqual({});
  expect(states("other")).toEqual({ d: "sending" });
});

it("sends a few at a time until all are sent", () => {
  queue.add([item("a"), item("b"), item("c")]);
  expect(states()).toEqual({ a: "sending", b: "sending", c: "waiting" });
  events("a").onSent();
  expect(states()).toEqual({ a: "sent", b: "sending", c: "sending" });
  events("b").onSent();
  events("c").onSent();
  expect(states()).toEqual({ a: "sent", b: "sent", c: "sent" });
});

it("never gives up for what may pass, tries with one file first, and goes on with all when it works", () => {
  queue.add([item("a"), item("b"), item("c")]);
  events("a").onFault(temporary);
  events("b").onFault(temporary);
  expect(states()).toEqual({ a: "waiting", b: "waiting", c: "waiting" });
  for (let n = 0; n < 50; n++) {
    running.clear();
    vi.advanceTimersByTime(31_000);
    expect(running.size).toBe(1);
    for (const each of [...running.values()]) each.onFault(temporary);
  }
  vi.advanceTimersByTime(31_000);
  const [id] = [...running.keys()].slice(-1);
  events(id ?? "").onSent();
  expect(Object.values(states()).filter((state) => state === "sending")).toHaveLength(2);
  expect(queue.views.get().get("u")?.trouble).toBeNull();
});

it("one file that never gets through does not hold up the others", () => {
  queue = new SendQueue(
    ({ id }, on) => {
      if (id === "bad") on.onFault(temporary);
      else on.onSent();
      return () => undefined;
    },
    { parallel: 1 },
  );
  queue.add([item("bad"), item("a"), item("b"), item("c")]);
  vi.advanceTimersByTime(120_000);
  expect(states()).toMatchObject({ a: "sent", b: "sent", c: "sent" });
});

it("a line that has gone silent is given up and tried again, and a slow one is not", () => {
  queue.add([item("a", 100)]);
  for (let sent = 10; sent <= 50; sent += 10) {
    vi.advanceTimersByTime(50_000);
    events("a").onProgress(sent);
  }
  expect(interrupted).toEqual([]);
  vi.advanceTimersByTime(59_000);
  running.clear();
  vi.advanceTimersByTime(32_000);
  expect(interrupted).toEqual(["a"]);
  expect([...running.keys()]).toEqual(["a"]);
});

it("does not wait any longer once the network is back", () => {
  queue.add([item("a")]);
  events("a").onFault(temporary);
  running.clear();
  queue.retryNow();
  expect([...running.keys()]).toEqual(["a"]);
});

it("a refused file says why, and the others go on", () => {
  queue.add([item("a"), item("b"), item("c")]);
  events("a").onFault({ kind: "refused", message: "Too large." });
  expect(states()).toEqual({ a: "failed", b: "sending", c: "sending" });
  expect(queue.views.get().get("u")?.items[0]?.error).toBe("Too large.");
  queue.add([item("a")]);
  expect(states()).toMatchObject({ a: "waiting" });
});

it("pause interrupts and keeps; resume goes on; other uploads are not touched", () => {
  queue.add([item("a"), item("b"), item("c"), item("z", 10, "other")]);
  queue.pause("u");
  expect(interrupted).toEqual(["a", "b"]);
  events("a").onSent(); // too late: it was interrupted
  queue.retryNow();
  expect(states()).toEqual({ a: "waiting", b: "waiting", c: "waiting" });
  expect(states("other")).toEqual({ z: "sending" });
  queue.resume("u");
  expect(states()).toMatchObject({ a: "sending" });
});

it("waits for no answer to what was paused", () => {
  queue.add([item("a", 100), item("z", 10, "other")]);
  queue.pause("u");
  vi.advanceTimersByTime(40_000);
  queue.resume("u");
  events("z").onProgress(5);
  vi.advanceTimersByTime(40_000);
  expect([interrupted, states(), queue.views.get().get("u")?.trouble]).toEqual([["a"], { a: "sending" }, null]);
});

describe("progress", () => {
  it("falls back to what has arrived after a cut", () => {
    queue.add([item("a", 100)]);
    events("a").onProgress(80);
    vi.advanceTimersByTime(300);
    expect(queue.views.get().get("u")?.sentBytes).toBe(80);
    events("a").onFault(temporary);
    vi.advanceTimersByTime(2000);
    events("a").onProgress(40);
    vi.advanceTimersByTime(300);
    expect(queue.views.get().get("u")?.sentBytes).toBe(40);
  });

  it("tells bytes a second and the time left, and neither while it waits", () => {
    queue.add([item("a", 1000)]);
    for (let sent = 0; sent <= 500; sent += 100) {
      events("a").onProgress(sent);
      vi.advanceTimersByTime(1000);
    }
    expect(queue.views.get().get("u")).toMatchObject({ rate: 100, secondsLeft: 5 });
    events("a").onFault(temporary);
    vi.advanceTimersByTime(250);
    expect(queue.views.get().get("u")).toMatchObject({ rate: null, secondsLeft: null, trouble: "cut" });
  });

  it("reckons with files as well as bytes: a film after icons is not sent at the icons’ rate", () => {
    queue.add([...Array.from({ length: 20 }, (_, at) => item(`icon ${at}`, 500)), item("film", 5_000_000)]);
    for (let at = 0; at < 16; at += 1) {
      events(`icon ${at}`).onSent();
      vi.advanceTimersByTime(250);
    }
    vi.advanceTimersByTime(300);
    const view = queue.views.get().get("u");
    expect(view?.rate).toBeLessThan(3000);
    expect(view?.secondsLeft).toBeLessThan(60); // by bytes alone: more than half an hour
  });
});

it("gives the same snapshot until something changes", () => {
  queue.add([item("a")]);
  vi.advanceTimersByTime(300);
  expect(queue.views.get()).toBe(queue.views.get());
});
