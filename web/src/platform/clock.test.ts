// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { noteServerTime, serverNow, useNow } from "./clock";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it.each([
  ["an hour behind", 3_600_000, 3_600_000],
  ["three seconds ahead", -3000, -3000],
  ["right, but for what the header rounds off", -1500, 0],
])("is the server's where the own clock is %s", (_how, ahead, corrected) => {
  const own = Date.parse("2026-03-10T12:00:00Z");
  vi.setSystemTime(own);
  noteServerTime(new Date(own + ahead).toUTCString());
  expect(serverNow() - own).toBe(corrected);
  noteServerTime(null);
  noteServerTime("yesterday");
  expect(serverNow() - own).toBe(corrected);
});

it("goes on at its pace, and ends with who shows it", () => {
  const { result, rerender, unmount } = renderHook(useNow, { initialProps: 1000 });
  const before = result.current;
  act(() => void vi.advanceTimersByTime(999));
  expect(result.current).toBe(before);
  act(() => void vi.advanceTimersByTime(1));
  expect(result.current).toBe(serverNow());
  rerender(60_000);
  expect(vi.getTimerCount()).toBe(1);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});
