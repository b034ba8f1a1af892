/** The API calls for packs. */
import { useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import { call, remove, request } from "../../data/client";
import { refresher } from "../../data/queries";
import { patchSeen, writeSeen } from "../../data/seen";
import { useLiveList } from "../../data/live/useLiveList";
import type { Edit } from "../../ui/edits";
import { chosenOf } from "./order";
import {
  type ChosenAsset,
  type ExportRequest,
  type LicenseType,
  Pack,
  type PackChanges,
  PackCheck,
  PackDetails,
  PackPage,
} from "./schema";

const ROOT = "/api/pmd/packs";
const PACKS = ["packs"] as const;

interface NewPack {
  name: string;
  license_type: LicenseType;
  custom_license?: string;
  assets: readonly ChosenAsset[];
}

/** As they are written. */
const PackFiles = v.pipe(
  PackDetails,
  v.transform(({ assets }): { assets: readonly ChosenAsset[] } => ({ assets: assets.map(chosenOf) })),
);

const listPacks = (signal: AbortSignal) => request(PackPage, "GET", ROOT, { query: { limit: "100" }, signal });
export const createPack = (body: NewPack, idempotencyKey: string) =>
  request(Pack, "POST", ROOT, { body, idempotencyKey });
export const changePack = (id: number, edit: Edit<Pick<Pack, keyof PackChanges>>) =>
  patchSeen({ schema: Pack, url: `${ROOT}/${id}` }, edit);

/** Files in this order instead of those that were seen. */
export const fillPack = (id: number, seen: readonly ChosenAsset[], assets: readonly ChosenAsset[]) =>
  writeSeen({ schema: PackFiles, url: `${ROOT}/${id}` }, { seen: { assets: seen }, to: { assets } }, (_, options) =>
    request(PackDetails, "PUT", `${ROOT}/${id}/assets`, { body: { assets }, ...options }),
  );
export const getPack = (id: number, signal?: AbortSignal) => request(PackDetails, "GET", `${ROOT}/${id}`, { signal });
export const removePack = (id: number) => remove(`${ROOT}/${id}`);
/** A build is a task. */
export const stopExport = (id: number) => call("POST", `/api/pmd/jobs/${id}/cancel`);
export const exportPack = (id: number, body: ExportRequest) => call("POST", `${ROOT}/${id}/export`, { body });

/**
 * A pack with its files; `version` triggers a refetch. Not under the list's key: the list is refreshed where a pack was
 * just removed, whose page is still shown and would ask for what is gone.
 */
export function usePack(id: number, version: string) {
  return useQuery({
    queryKey: ["pack", id, version],
    queryFn: ({ signal }) => getPack(id, signal),
    placeholderData: (before) => before,
    staleTime: 0,
  });
}

/** Approve files of the library, so that they may be packed. */
export const approveFiles = (ids: readonly number[]) =>
  call("POST", "/api/pmd/assets/action", { body: { action: "approve", asset_ids: ids } });

/** Checks whether the pack, as saved, can be built. */
export function usePackCheck(id: number, version: string) {
  return useQuery({
    queryKey: ["pack check", id, version],
    queryFn: ({ signal }) => request(PackCheck, "POST", `${ROOT}/${id}/check`, { signal }),
    placeholderData: (before) => before,
    staleTime: 0,
  });
}

export const refreshPacks = refresher(PACKS);

/** The packs, live. */
export function usePacks() {
  const { all, error, retry } = useLiveList({
    kind: "pack",
    schema: Pack,
    queryKey: PACKS,
    queryFn: ({ signal }) => listPacks(signal),
    pollMs: 10_000,
  });
  return { packs: all, error, retry };
}
