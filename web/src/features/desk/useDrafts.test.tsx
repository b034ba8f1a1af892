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
  list: vi.fn<(listed: { status?: string }) => unknown>(),
  told: new Map<string, (event: LiveEvent) => void>(),
}));

vi.mock("../../data/config", () => ({
  config: { viewer: { sqid: "me" }, subject: { sqid: "me" }, api_base_url: "" },
  moderates: false,
}));
vi.mock("./api", () => ({ listDrafts: served.list, refreshDesk: () => undefined }));
vi.mock("../../data/live/live", () => ({
  useConnection: () => "live",
  usePMDSSE: (kind: string, onEvent: (event: LiveEvent) => void) => served.told.set(kind, onEvent),
}));
afterEach(cleanup);

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
