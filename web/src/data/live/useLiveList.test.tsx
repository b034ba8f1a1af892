// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import * as v from "valibot";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { useLiveList } from "./useLiveList";

const live = vi.hoisted(() => ({ isLive: true }));
vi.mock("./live", () => ({
  useConnection: () => (live.isLive ? "live" : "waiting"),
  useLiveItems: () => ({
    items: new Map([["2", { id: 2, created_at: "2026" }]]),
    gone: new Set(["3"]),
    isLive: live.isLive,
  }),
}));

const read = vi.fn<() => Promise<{ items: { id: number; created_at: string }[] }>>();
let client: QueryClient;
beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  live.isLive = true;
  read.mockReset().mockResolvedValue({ items: [1, 2, 3].map((id) => ({ id, created_at: `202${id}` })) });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
const passes = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

async function opened() {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const schema = v.object({ id: v.number(), created_at: v.string() });
  const options = { kind: "pack", schema, queryKey: ["packs"], queryFn: () => read(), pollMs: 60_000 } as const;
  const shown = renderHook(() => useLiveList(options), { wrapper });
  await passes(10);
  return { ...shown, ids: () => shown.result.current.all?.map(({ id }) => id).sort() };
}

it("has the older ones of the list, but for those that the stream has told to be gone", async () => {
  expect((await opened()).ids()).toEqual([1, 2]);
});

it("is read once where the stream opens at the same time", async () => {
  live.isLive = false;
  const { rerender } = await opened();
  live.isLive = true;
  rerender();
  await passes(30_000);
  expect(read).toHaveBeenCalledOnce();
});

it("is read again when the stream is back: it tells nothing of older ones", async () => {
  const { rerender, ids } = await opened();
  live.isLive = false;
  rerender();
  await passes(5000);
  read.mockResolvedValue({ items: [] });
  live.isLive = true;
  rerender();
  await passes(10);
  expect(ids()).toEqual([2]);
});

it("is read again by the next page that shows it: what was removed in between was told to none", async () => {
  (await opened()).unmount();
  await passes(5000);
  read.mockResolvedValue({ items: [] });
  expect((await opened()).ids()).toEqual([2]);
});
