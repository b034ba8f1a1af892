// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { queryClient } from "../../data/queries";
import * as api from "./api";
import { PackCheck, PackDetails, PackPage, Pack } from "./schema";

const client = vi.hoisted(() => ({ call: vi.fn(), remove: vi.fn(), request: vi.fn() }));
const seen = vi.hoisted(() => ({ patchSeen: vi.fn(), writeSeen: vi.fn() }));
const lists = vi.hoisted(() => ({ useQuery: vi.fn(), useLiveList: vi.fn() }));
vi.mock("../../data/client", () => client);
vi.mock("../../data/seen", () => seen);
vi.mock("../../data/live/useLiveList", () => lists);
vi.mock("@tanstack/react-query", async (original) => ({ ...(await original<object>()), useQuery: lists.useQuery }));

beforeEach(() => void vi.resetAllMocks());
const signal = new AbortController().signal;

it.each([
  [() => api.stopExport(5), ["POST", "/api/pmd/jobs/5/cancel"]],
  [() => api.exportPack(7, { version: "1.0.0" }), ["POST", "/api/pmd/packs/7/export", { body: { version: "1.0.0" } }]],
  [
    () => api.approveFiles([1, 2]),
    ["POST", "/api/pmd/assets/action", { body: { action: "approve", asset_ids: [1, 2] } }],
  ],
])("asks the service for what is done %#", (does, sent) => {
  void does();
  expect(client.call.mock.calls).toEqual([sent]);
});

it("removes a pack", () => {
  void api.removePack(7);
  expect(client.remove.mock.calls).toEqual([["/api/pmd/packs/7"]]);
});

it("makes a pack once by its key, and reads one", () => {
  const body = { name: "Dragons", license_type: "attribution", assets: [] } as const;
  void api.createPack(body, "key");
  void api.getPack(7, signal);
  expect(client.request.mock.calls).toEqual([
    [Pack, "POST", "/api/pmd/packs", { body, idempotencyKey: "key" }],
    [PackDetails, "GET", "/api/pmd/packs/7", { signal }],
  ]);
});

it("changes what was seen", () => {
  const edit = { seen: { name: "Dragons" }, to: { name: "Wyverns" } };
  void api.changePack(7, edit);
  expect(seen.patchSeen.mock.calls).toEqual([[{ schema: Pack, url: "/api/pmd/packs/7" }, edit]]);
  void api.fillPack(7, [{ asset_id: 1 }], [{ asset_id: 2 }]);
  const [[thing, order, write]] = seen.writeSeen.mock.calls as [[{ url: string }, object, (...all: object[]) => void]];
  expect([thing.url, order]).toEqual([
    "/api/pmd/packs/7",
    { seen: { assets: [{ asset_id: 1 }] }, to: { assets: [{ asset_id: 2 }] } },
  ]);
  write({}, { headers: { "If-Match": '"7"' } });
  expect(client.request.mock.calls).toEqual([
    [
      ...[PackDetails, "PUT", "/api/pmd/packs/7/assets"],
      { body: { assets: [{ asset_id: 2 }] }, headers: { "If-Match": '"7"' } },
    ],
  ]);
});

interface Options {
  queryKey: unknown[];
  queryFn: (given: { signal: AbortSignal }) => void;
  placeholderData: (before: string) => string;
  staleTime: number;
}
it.each([
  [api.usePack, ["pack", 7, "T1"], [PackDetails, "GET", "/api/pmd/packs/7", { signal }]],
  [api.usePackCheck, ["pack check", 7, "T1"], [PackCheck, "POST", "/api/pmd/packs/7/check", { signal }]],
])("is read anew by its version, and shows the one before until then %#", (use, key, sent) => {
  renderHook(() => use(7, "T1"));
  const [[options]] = lists.useQuery.mock.calls as [[Options]];
  options.queryFn({ signal });
  expect([options.queryKey, options.placeholderData("before"), options.staleTime]).toEqual([key, "before", 0]);
  expect(client.request.mock.calls).toEqual([sent]);
});

it("lists the packs, live", () => {
  lists.useLiveList.mockReturnValue({ all: ["a pack"], error: null, retry: "again" });
  const { result } = renderHook(() => api.usePacks());
  const [[options]] = lists.useLiveList.mock.calls as [[Options & { kind: string }]];
  options.queryFn({ signal });
  expect([options.kind, options.queryKey, result.current]).toEqual([
    ...["pack", ["packs"], { packs: ["a pack"], error: null, retry: "again" }],
  ]);
  expect(client.request.mock.calls).toEqual([[PackPage, "GET", "/api/pmd/packs", { query: { limit: "100" }, signal }]]);
});

it("reads the list again without the page of a pack, which may just have been removed", () => {
  renderHook(() => {
    lists.useLiveList.mockReturnValue({ all: [], error: null, retry: "again" });
    api.usePacks();
    api.usePack(7, "T1");
  });
  const [[list]] = lists.useLiveList.mock.calls as [[Options]];
  const [[pack]] = lists.useQuery.mock.calls as [[Options]];
  for (const { queryKey } of [list, pack]) queryClient.setQueryData(queryKey, {});
  api.refreshPacks();
  const refreshed = [list, pack].map(({ queryKey }) => queryClient.getQueryState(queryKey)?.isInvalidated);
  expect(refreshed).toEqual([true, false]);
});
