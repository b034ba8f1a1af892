// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, it, vi } from "vitest";

import type { LiveEvent } from "../../data/live/messages";
import { queryClient } from "../../data/queries";
import { draftOf } from "../../testing/drafts";
import type { Draft } from "./schema";
import { type Tab, useDrafts } from "./useDrafts";

const page = (...items: Draft[]) => ({ items, next_cursor: null });
const served = vi.hoisted(() => ({
  list: vi.fn<(listed: { status?: string; cursor?: string | null }) => unknown>(),
  told: new Map<string, (event: LiveEvent) => void>(),
  refreshDesk: vi.fn(),
}));

vi.mock("../../data/config", () => ({
  config: { viewer: { sqid: "me" }, subject: { sqid: "me" }, api_base_url: "" },
  moderates: false,
}));
vi.mock("./api", () => ({ listDrafts: served.list, refreshDesk: served.refreshDesk }));
vi.mock("../../data/live/live", () => ({
  useConnection: () => "live",
  usePMDSSE: (kind: string, onEvent: (event: LiveEvent) => void) => served.told.set(kind, onEvent),
}));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const tells = (event: LiveEvent) => act(() => served.told.get("draft")?.(event));
const Queries = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
);

it("keeps what the stream tells of drafts while older answers are on their way", async () => {
  const waiting = draftOf({ id: 1, status: "scheduled", due_at: "2026-01-02T00:00:00Z" });
  const doomed = draftOf({ id: 2 });
  served.list.mockImplementation(({ status }) => Promise.resolve(status ? page() : page(waiting, doomed)));
  const shown = renderHook(({ tab }) => useDrafts(tab, "2026-01-01"), {
    initialProps: { tab: "scheduled" as Tab },
    wrapper: Queries,
  });
  const idsOf = (tab: Tab) => {
    shown.rerender({ tab });
    return shown.result.current.rows.map((row) => row.served.id);
  };
  await waitFor(() => expect(idsOf("scheduled")).toEqual([1]));
  expect(idsOf("drafts")).toEqual([2]);

  // Published after its list of published ones was read, and deleted after the other list was.
  let answer: (drafts: unknown) => void = () => undefined;
  served.list.mockImplementation(({ status }) =>
    status ? Promise.resolve(page()) : new Promise((resolve) => (answer = resolve)),
  );
  served.list.mockClear();
  expect(idsOf("published")).toEqual([]);
  act(() => shown.result.current.retry());
  await waitFor(() => expect(served.list).toHaveBeenCalledTimes(2));
  tells({ type: "removed", id: "2" });
  const published = { status: "published", version: 2, published_at: "2026-01-02T00:00:00Z" } as const;
  tells({ type: "update", id: "1", data: { ...waiting, ...published, due_at: null } });
  expect(idsOf("published")).toEqual([1]);
  answer(page(doomed));
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  expect(idsOf("published")).toEqual([1]);
  expect(idsOf("drafts")).toEqual([]);
});

/** The page anew, with drafts of each kind; the service lists them by pages of one. */
async function opened(tab: Tab, drafts: readonly Draft[]) {
  vi.resetModules();
  served.told.clear();
  served.list.mockReset().mockImplementation(({ status, cursor }) => {
    const listed = drafts.filter((draft) => (status ? draft.status === status : draft.status !== "published"));
    const at = Number(cursor ?? 0);
    return Promise.resolve({
      items: listed.slice(at, at + 1),
      next_cursor: at + 1 < listed.length ? String(at + 1) : null,
    });
  });
  const { useDrafts: use } = await import("./useDrafts");
  const { queryClient: client } = await import("../../data/queries");
  const shown = renderHook(({ tab }) => use(tab, "2026-01-01"), {
    initialProps: { tab },
    wrapper: ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    ),
  });
  return {
    shown,
    settles: () => waitFor(() => expect([shown.result.current.isLoading, client.isFetching()]).toEqual([false, 0])),
    ids: (other: Tab) => {
      shown.rerender({ tab: other });
      return shown.result.current.rows.map(({ served: { id } }) => id);
    },
  };
}

const day = (number: number) => `2026-01-0${number}T00:00:00Z`;
const DRAFTS = [
  draftOf({ id: 1, position: 2 }),
  draftOf({ id: 2, position: 1 }),
  draftOf({ id: 4, position: 2 }),
  draftOf({ id: 5, status: "scheduled", due_at: day(3), position: 1 }),
  draftOf({ id: 6, status: "failed", due_at: day(2), position: 9 }),
  draftOf({ id: 7, status: "scheduled", due_at: day(3), position: 0 }),
  draftOf({ id: 8, status: "published", due_at: day(1), published_at: day(6), position: 1 }),
  draftOf({ id: 9, status: "published", due_at: day(9), published_at: day(5), position: 2 }),
];

it("shows drafts in their order, and the others by when they go out or went out", async () => {
  const page = await opened("drafts", DRAFTS);
  await page.settles();
  await waitFor(() => expect(page.ids("published")).toHaveLength(2));
  expect([page.ids("drafts"), page.ids("scheduled"), page.ids("published")]).toEqual([
    [2, 1, 4],
    [6, 5, 7],
    [9, 8],
  ]);
});

it.each([
  [
    "drafts",
    [
      [undefined, "position"],
      ["published", "due"],
    ],
  ],
  [
    "scheduled",
    [
      ["scheduled", "due"],
      ["failed", "due"],
      [undefined, "position"],
      ["published", "due"],
    ],
  ],
  [
    "published",
    [
      ["published", "due"],
      [undefined, "position"],
    ],
  ],
] as const)("reads what %s shows first, and then the rest: %j", async (tab, passes) => {
  const page = await opened(tab, DRAFTS.slice(0, 2));
  await page.settles();
  const asked = served.list.mock.calls.map(([listed]) => listed as Record<string, unknown>);
  const first = asked.filter(({ cursor }) => cursor === null);
  expect(first.map(({ status, sort }) => [status, sort])).toEqual(passes);
  for (const { status, since, limit, cursor } of asked) {
    expect([since, limit]).toEqual([status === "published" ? "2026-01-01" : undefined, cursor === null ? 64 : 512]);
  }
});

const told = { draft_count: 3, scheduled_count: 2, failed_count: 1, updated_at: "2026-01-01T00:00:00Z" };
it.each([
  ["all that it has", {}, false],
  ["all that it has, with no time", { updated_at: null }, false],
  ["another number of drafts", { draft_count: 4 }, true],
  ["another number of scheduled ones", { scheduled_count: 1 }, true],
  ["another number of failed ones", { failed_count: 0 }, true],
  ["a later change", { updated_at: day(2) }, true],
])("reads drafts again or not where the stream tells of %s", async (_what, part, isRead) => {
  const page = await opened("drafts", DRAFTS);
  await page.settles();
  served.list.mockClear();
  vi.useFakeTimers();
  act(() => served.told.get("drafts")?.({ type: "update", id: "me", data: { ...told, ...part } }));
  await act(() => vi.advanceTimersByTimeAsync(299));
  expect(served.list).not.toHaveBeenCalled();
  await act(() => vi.advanceTimersByTimeAsync(1));
  expect(served.list.mock.calls.length > 0).toBe(isRead);
});

it.each([
  ["draft", { type: "update", id: "1", data: DRAFTS[0] }, true],
  ["drafts", { type: "update", id: "me", data: told }, true],
  ["drafts", { type: "removed", id: "me" }, false],
] as const)("counts, plan and calendar follow what the stream tells of: %s, %j", async (kind, event, isRead) => {
  const page = await opened("drafts", DRAFTS);
  await page.settles();
  vi.useFakeTimers();
  served.refreshDesk.mockClear();
  act(() => served.told.get(kind)?.(event));
  await act(() => vi.advanceTimersByTimeAsync(1000));
  expect(served.refreshDesk).toHaveBeenCalledTimes(isRead ? 1 : 0);
});

it("reads drafts again where the stream has told of a change while they were being read", async () => {
  const page = await opened("drafts", DRAFTS);
  await page.settles();
  let answer: (drafts: unknown) => void = () => undefined;
  const all = { items: DRAFTS, next_cursor: null };
  served.list.mockReset().mockResolvedValue(all);
  served.list.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
  vi.useFakeTimers();
  act(() => page.shown.result.current.retry());
  act(() => served.told.get("drafts")?.({ type: "update", id: "me", data: { ...told, draft_count: 4 } }));
  await act(() => vi.advanceTimersByTimeAsync(2000));
  expect(served.list).toHaveBeenCalledTimes(1);
  answer(all);
  await act(() => vi.advanceTimersByTimeAsync(1000));
  const begun = served.list.mock.calls.filter(([{ status }]) => status === undefined);
  expect(begun).toHaveLength(2);
});
