// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { serverNow, useNow } from "./clock";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

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
