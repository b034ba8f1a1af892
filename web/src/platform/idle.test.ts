import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { whenIdle } from "./idle";

beforeEach(() => {
  vi.stubGlobal("window", globalThis); // no requestIdleCallback, as in WebKit
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("takes every step, in slices that leave room for what else is to be done", () => {
  let taken = 0;
  whenIdle(() => {
    vi.setSystemTime(Date.now() + 2);
    vi.advanceTimersByTime(0);
    taken += 1;
    return taken < 10;
  });
  expect(taken).toBe(0);
  vi.runAllTimers();
  expect(taken).toBe(10);
});

it("takes no step after it was stopped", () => {
  let taken = 0;
  const stop = whenIdle(() => {
    taken += 1;
    if (taken === 3) stop();
    return true;
  });
  vi.runAllTimers();
  expect(taken).toBe(3);
});
