/** The calls of packs (LIBRARY section 5). */
import { useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import { apiUrl, call } from "../api/client";
import { queryClient } from "../api/queries";
import { type ChosenAsset, type LicenseType, Pack, type PackChanges, PackCheck, PackDetails, PackPage } from "./schema";

const ROOT = "/api/pmd/packs";
const PACKS = ["packs"] as const;

export async function createPack(body: {
  name: string;
  license_type: LicenseType;
  assets: readonly ChosenAsset[];
}): Promise<Pack> {
  return v.parse(Pack, await call("POST", ROOT, { body }));
}

export async function changePack(id: number, body: PackChanges): Promise<Pack> {
  return v.parse(Pack, await call("PATCH", `${ROOT}/${id}`, { body }));
}

export async function fillPack(id: number, assets: readonly ChosenAsset[]): Promise<PackDetails> {
  return v.parse(PackDetails, await call("PUT", `${ROOT}/${id}/assets`, { body: { assets } }));
}

export async function getPack(id: number, signal?: AbortSignal): Promise<PackDetails> {
  return v.parse(PackDetails, await call("GET", `${ROOT}/${id}`, signal ? { signal } : {}));
}

export async function removePack(id: number): Promise<void> {
  await call("DELETE", `${ROOT}/${id}`);
}

export async function exportPack(id: number): Promise<void> {
  await call("POST", `${ROOT}/${id}/export`);
}

/** An address that the service gave; it knows by itself on whose behalf it is. */
export function downloadUrl(url: string): string {
  return url.includes("target_sqid=")
    ? url
    : apiUrl(url.split("?")[0] ?? url, Object.fromEntries(new URLSearchParams(url.split("?")[1])));
}

export function usePackList(pollMs: number | false) {
  return useQuery({
    queryKey: PACKS,
    queryFn: async ({ signal }) =>
      v.parse(PackPage, await call("GET", ROOT, { query: { limit: "100" }, signal })).items,
    refetchInterval: pollMs,
  });
}

/** A pack with its files; `version` changes when it has to be asked for again. */
export function usePack(id: number, version: string) {
  return useQuery({
    queryKey: [...PACKS, id, version],
    queryFn: ({ signal }) => getPack(id, signal),
    placeholderData: (before) => before,
    staleTime: 0,
  });
}

/** What a build would say of the pack as it is saved. */
export function usePackCheck(id: number, version: string) {
  return useQuery({
    queryKey: ["pack check", id, version],
    queryFn: async ({ signal }) => v.parse(PackCheck, await call("POST", `${ROOT}/${id}/check`, { signal })),
    placeholderData: (before) => before,
    staleTime: 0,
  });
}

export function refreshPacks(): void {
  void queryClient.invalidateQueries({ queryKey: PACKS });
}
