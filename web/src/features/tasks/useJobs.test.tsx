// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { useJobs } from "./useJobs";

type Change = (job: object, before: object | undefined, isChange: boolean) => void;
const listJobs = vi.hoisted(() => vi.fn());
const live = vi.hoisted(() => ({
  connection: "live",
  state: { items: null as Map<string, object> | null, gone: new Set<string>(), isLive: false },
  onChange: undefined as Change | undefined,
}));
vi.mock("../../data/client", () => ({}));
vi.mock("./api", () => ({ JOBS: ["jobs"], listJobs }));
vi.mock("../../data/live/live", () => ({
  useConnection: () => live.connection,
  useLiveItems: (_: string, __: object, ___: object, onChange: Change) => {
    live.onChange = onChange;
    return live.state;
  },
}));

const jobOf = (id: number, status = "running") => ({
  ...{ id, group_id: null, status, kind: "resize", created_at: "2026-01-01T00:00:00Z", started_at: null },
  ...{ result_asset_ids: [], unchanged_reason: null, progress: 0, result: null },
});

beforeEach(() => {
  vi.useFakeTimers();
  listJobs.mockReset().mockResolvedValue({ items: [jobOf(1), jobOf(2)], groups: [], next_cursor: null });
  live.connection = "live";
  live.state = { items: new Map(), gone: new Set(), isLive: false };
});
afterEach(() => vi.useRealTimers());

function opened(onChange?: () => void) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(() => useJobs(onChange), { wrapper });
}
const passes = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const ids = (groups: readonly { id: string }[] | null) => groups?.map(({ id }) => id).sort();

it("asks for the tasks once, also when the stream tells what it has at first", async () => {
  const told = vi.fn();
  const { result, rerender } = opened(told);
  await passes(100);
  expect(ids(result.current.groups)).toEqual(["job-1", "job-2"]);
  live.onChange?.(jobOf(2), undefined, false);
  live.state = { ...live.state, items: new Map([["2", jobOf(2)]]), isLive: true };
  rerender();
  await passes(60_000);
  expect([listJobs.mock.calls.length, told.mock.calls.length]).toEqual([1, 1]);
});

it("counts again a second after changes, however many there are", async () => {
  opened();
  await passes(100);
  for (let each = 0; each < 5; each++) live.onChange?.(jobOf(1, "completed"), jobOf(1), true);
  await passes(900);
  expect(listJobs).toHaveBeenCalledTimes(1);
  await passes(200);
  expect(listJobs).toHaveBeenCalledTimes(2);
});

it("leaves out what is gone, and counts again", async () => {
  const { result, rerender } = opened();
  await passes(100);
  live.state = { ...live.state, gone: new Set(["1"]) };
  rerender();
  expect(ids(result.current.groups)).toEqual(["job-2"]);
  await passes(1100);
  expect(listJobs).toHaveBeenCalledTimes(2);
});

it("counts again when the stream is back, and asks by itself while it is away", async () => {
  const { rerender } = opened();
  for (const isLive of [true, false]) {
    live.state = { ...live.state, isLive };
    rerender();
  }
  live.connection = "waiting";
  rerender();
  await passes(5100);
  expect(listJobs).toHaveBeenCalledTimes(2);
  live.connection = "live";
  live.state = { ...live.state, isLive: true };
  rerender();
  await passes(60_000);
  expect(listJobs).toHaveBeenCalledTimes(3);
});
