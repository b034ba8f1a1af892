/** The API calls for taking everything home and bringing it back. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { call, listTakeouts, request } from "../../../data/client";
import { AssetDetails, AssetPage } from "../../../data/assets/schema";
import { IMPORTS, IMPORTS_URL, isArchive } from "../../../data/imports/imports";
import { archiveEndings, type Choices, Import, ItemPage } from "../../../data/imports/schema";
import { useLiveList } from "../../../data/live/useLiveList";
import { byCursor, refresher, refreshTakeouts } from "../../../data/queries";
import { Erasure, Takeout } from "../../../data/schema";
import { readItems } from "./items";

const TAKEOUTS_URL = "/api/pmd/takeout";
const ERASURE_URL = "/api/pmd/erasure";
const ITEMS_A_PAGE = "100";
const ARCHIVES = 50;
const ARCHIVES_KEY = ["archives"] as const;

const ERASURE = ["erasure"] as const;

/** Whether the account will be erased. */
export function useErasure() {
  return useQuery({ queryKey: ERASURE, queryFn: ({ signal }) => request(Erasure, "GET", ERASURE_URL, { signal }) });
}

export const refreshErasure = refresher(ERASURE);
export const wishErasure = (handle: string) => request(Erasure, "PUT", ERASURE_URL, { body: { handle } });
export const withdrawErasure = () => call("DELETE", ERASURE_URL);

/** The newest takeouts, live. */
export function useTakeoutList() {
  return useLiveList({
    kind: "takeout",
    schema: Takeout,
    queryKey: ["takeouts"],
    queryFn: ({ signal }) => listTakeouts(signal),
    pollMs: 10_000,
    // When the next one is possible is in the list only.
    onChange: (each, before, isLive) => {
      if (isLive && before?.status !== each.status) refreshTakeouts();
    },
  });
}

export const cancelTakeout = (id: string) => request(Takeout, "POST", `${TAKEOUTS_URL}/${id}/cancel`);
export const retryTakeout = (id: string) => request(Takeout, "POST", `${TAKEOUTS_URL}/${id}/retry`);

/** The newest archives in the library. */
export function useArchives() {
  return useQuery({
    queryKey: ARCHIVES_KEY,
    queryFn: async ({ signal }) => {
      const formats = new Set(archiveEndings.map((ending) => `format:${ending.split(".").at(-1) ?? ""}`));
      const query = { q: [...formats].join(" OR "), limit: String(ARCHIVES) };
      const { items } = await request(AssetPage, "GET", "/api/pmd/assets", { query, signal });
      return items.filter(({ name }) => isArchive(name));
    },
    staleTime: 0,
  });
}

/** An import's archive; its error is a 404 if it has been deleted since. */
export function useArchive(id: number) {
  return useQuery({
    queryKey: [...ARCHIVES_KEY, id],
    queryFn: async ({ signal }) => (await request(AssetDetails, "GET", `/api/pmd/assets/${id}`, { signal })).asset,
    staleTime: 0,
  });
}

export const refreshArchives = refresher(ARCHIVES_KEY);
const act = (action: "trash" | "restore", id: number) =>
  call("POST", "/api/pmd/assets/action", { body: { action, asset_ids: [id] } });
export const trashArchive = (id: number) => act("trash", id);
export const restoreArchive = (id: number) => act("restore", id);

/** The rows of a report that `items` names; `version` triggers a refetch. */
export function useItems(id: number, items: string, version: string) {
  return useInfiniteQuery({
    queryKey: [...IMPORTS, id, "items", items, version],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...readItems(items), limit: ITEMS_A_PAGE, ...(pageParam !== null && { cursor: pageParam }) };
      return request(ItemPage, "GET", `${IMPORTS_URL}/${id}/items`, { query, signal });
    },
    ...byCursor,
    placeholderData: (before, query) => (query?.queryKey[3] === items ? before : undefined),
    staleTime: 0,
  });
}

export const startImport = (id: number, body: Choices) =>
  request(Import, "POST", `${IMPORTS_URL}/${id}/start`, { body });
export const cancelImport = (id: number) => request(Import, "POST", `${IMPORTS_URL}/${id}/cancel`);
export const undoImport = (id: number) => request(Import, "POST", `${IMPORTS_URL}/${id}/undo`);
