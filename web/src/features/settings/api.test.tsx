// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { useKeys, useSessions } from "./api";

const client = vi.hoisted(() => ({ allOf: vi.fn() }));
vi.mock("../../data/client", () => client);
vi.mock("../../data/seen", () => ({}));

beforeEach(() => {
  vi.useFakeTimers();
  client.allOf.mockReset().mockResolvedValue([]);
});
afterEach(() => void vi.useRealTimers());

it.each([useKeys, useSessions])("reads last uses again while shown: the event stream lacks them %#", async (use) => {
  const queries = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const { unmount } = renderHook(() => use(), { wrapper });
  const asked: number[] = [];
  for (const passed of [0, 29_000, 2_000]) {
    await act(() => vi.advanceTimersByTimeAsync(passed));
    asked.push(client.allOf.mock.calls.length);
  }
  unmount();
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect([...asked, client.allOf.mock.calls.length]).toEqual([1, 1, 2, 2]);
});
