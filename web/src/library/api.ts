/** The calls of the library (LIBRARY section 3). */
import { useQuery } from "@tanstack/react-query";

import { allOf, apiUrl, request } from "../api/client";
import { chunk, MAX_IDS } from "../lib/lists";
import type { MetadataPolicy } from "../ui/MetadataChoice";
import { reasoned } from "./Reason";
import {
  type Asset,
  type AssetEdit,
  AlikePage,
  AssetPage,
  AssetsChanged,
  FolderPage,
  Papers,
  Published,
  Tellings,
} from "./schema";
import type { AssetAction } from "./states";
import { Waveform } from "./waveform";

const ROOT = "/api/pmd/assets";
const MOST_LOOKED_AT = 10_000;

/** So many files from a position on. */
export const listAssets = (parameters: Record<string, string>, offset: number, limit: number, signal?: AbortSignal) =>
  request(AssetPage, "GET", ROOT, { query: { ...parameters, limit: String(limit), offset: String(offset) }, signal });

/** All folders that hold files of those that the filters leave, a folder before what is in it. */
export const listFolders = (parameters: Record<string, string>, signal: AbortSignal) =>
  allOf((cursor) =>
    request(FolderPage, "GET", `${ROOT}/folders`, { query: { ...parameters, ...(cursor && { cursor }) }, signal }),
  );

/** The groups among the next files that look the same as others. */
export const listAlike = (cursor: string | null, signal: AbortSignal) =>
  request(AlikePage, "GET", `${ROOT}/alike`, { query: cursor === null ? {} : { cursor }, signal });

export const getPapers = (id: number, signal: AbortSignal) => request(Papers, "GET", `${ROOT}/${id}`, { signal });
export const getWaveform = (id: number, signal: AbortSignal) =>
  request(Waveform, "GET", `${ROOT}/${id}/preview`, { query: { form: "waveform" }, signal });

type Heard = (ids: readonly number[]) => void;

/** One change of any number of files, in as many requests as it takes; tells how far it has got. */
async function change(path: string, body: object, ids: readonly number[], onDone?: Heard): Promise<void> {
  for (const part of chunk(ids, MAX_IDS)) {
    await request(AssetsChanged, "POST", `${ROOT}/${path}`, { body: { ...body, asset_ids: part } });
    onDone?.(part);
  }
}

export const act = (action: AssetAction, ids: readonly number[], onDone?: Heard) =>
  change("action", { action, ...reasoned() }, ids, onDone);

export const edit = (ids: readonly number[], edited: AssetEdit, onDone?: Heard) =>
  change("edit", { set: {}, add_hashtags: [], remove_hashtags: [], ...edited }, ids, onDone);

/** What these files would say of their makers to whoever gets them. */
export function useTellings(ids: readonly number[]) {
  return useQuery({
    queryKey: ["tellings", ids],
    queryFn: async ({ signal }) => {
      const parts = chunk(ids, MOST_LOOKED_AT).map((asset_ids) =>
        request(Tellings, "POST", `${ROOT}/tellings`, { body: { asset_ids }, signal }),
      );
      return (await Promise.all(parts)).flatMap(({ items }) => items);
    },
    staleTime: 0,
    enabled: ids.length > 0,
  });
}

export async function publish(
  ids: readonly number[],
  hidden: boolean,
  marks: MetadataPolicy,
): Promise<Published["items"]> {
  const items: Published["items"] = [];
  for (const part of chunk(ids, MAX_IDS)) {
    const answer = await request(Published, "POST", `${ROOT}/publish`, {
      body: { asset_ids: part, hidden, marks, ...reasoned() },
    });
    items.push(...answer.items);
  }
  return items;
}

/** Where the browser finds a file's bytes; its address changes when they do, and they never do. */
export function fileUrl(asset: Pick<Asset, "id">, isDownload = false): string {
  return apiUrl(`${ROOT}/${asset.id}/file`, isDownload ? { download: "1" } : {});
}

/** A picture of at least so many pixels on its longer side, where there is one. */
export function previewUrl(asset: Pick<Asset, "id">, size: number): string {
  return apiUrl(`${ROOT}/${asset.id}/preview`, { size: String(size) });
}
