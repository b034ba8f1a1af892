/** The calls of the library (LIBRARY section 3). */
import * as v from "valibot";

import { apiUrl, call } from "../api/client";
import { type Asset, type AssetEdit, AssetPage, AssetsChanged, Papers, Published } from "./schema";
import type { AssetAction } from "./states";
import { Waveform } from "./waveform";

const ROOT = "/api/pmd/assets";
/** The most files in one request. */
export const MOST_IDS = 128;
const PAGE_SIZE = 512;

export async function listAssets(
  parameters: Record<string, string>,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<AssetPage> {
  const query = { ...parameters, limit: String(PAGE_SIZE), ...(cursor && { cursor }) };
  return v.parse(AssetPage, await call("GET", ROOT, { query, ...(signal && { signal }) }));
}

export async function getPapers(id: number, signal: AbortSignal): Promise<Papers> {
  return v.parse(Papers, await call("GET", `${ROOT}/${id}`, { signal }));
}

export async function getWaveform(id: number, signal: AbortSignal): Promise<Waveform> {
  const query = { form: "waveform" };
  return v.parse(Waveform, await call("GET", `${ROOT}/${id}/preview`, { query, signal }));
}

/** One action on any number of files, in as many requests as it takes; tells how far it has got. */
export async function act(
  action: AssetAction,
  ids: readonly number[],
  onDone: (ids: readonly number[]) => void = () => undefined,
): Promise<void> {
  for (const part of parts(ids)) {
    v.parse(AssetsChanged, await call("POST", `${ROOT}/action`, { body: { action, asset_ids: part } }));
    onDone(part);
  }
}

/** One edit of any number of files; tells how far it has got. */
export async function edit(
  ids: readonly number[],
  change: AssetEdit,
  onDone: (ids: readonly number[]) => void = () => undefined,
): Promise<void> {
  for (const part of parts(ids)) {
    const body = { set: {}, add_hashtags: [], remove_hashtags: [], ...change, asset_ids: part };
    v.parse(AssetsChanged, await call("POST", `${ROOT}/edit`, { body }));
    onDone(part);
  }
}

export async function publish(ids: readonly number[], hidden: boolean): Promise<Published["items"]> {
  const items: Published["items"] = [];
  for (const part of parts(ids)) {
    const answer = await call("POST", `${ROOT}/publish`, { body: { asset_ids: part, hidden } });
    items.push(...v.parse(Published, answer).items);
  }
  return items;
}

function parts(ids: readonly number[]): number[][] {
  const count = Math.ceil(ids.length / MOST_IDS);
  return Array.from({ length: count }, (_, part) => ids.slice(part * MOST_IDS, (part + 1) * MOST_IDS));
}

/** Where the browser finds a file's bytes; its address changes when they do, and they never do. */
export function fileUrl(asset: Pick<Asset, "id">, isDownload = false): string {
  return apiUrl(`${ROOT}/${asset.id}/file`, isDownload ? { download: "1" } : {});
}

/** A picture of at least so many pixels on its longer side, where there is one. */
export function previewUrl(asset: Pick<Asset, "id">, size: number): string {
  return apiUrl(`${ROOT}/${asset.id}/preview`, { size: String(size) });
}
