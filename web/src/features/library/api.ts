/** The library's API calls. */
import { useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import type { RequestOptions } from "@pmd/client";
import { allOf, request } from "../../data/client";
import { chunk, MAX_IDS } from "../../platform/lists";
import type { MetadataPolicy } from "../../ui/MetadataChoice";
import { reasoned } from "./Reason";
import {
  type AssetEdit,
  AlikePage,
  AssetCounts,
  AssetPage,
  AssetsChanged,
  FolderPage,
  KeptPairPage,
  SequencePage,
  AssetDetails,
  Published,
  Disclosures,
} from "../../data/assets/schema";
import type { AssetAction, Decision, oppositeOf } from "./states";
import { Waveform } from "./waveform";

const ROOT = "/api/pmd/assets";
const MAX_PER_REQUEST = 10_000;

/** `limit` files, starting at `offset`. */
export const listAssets = (parameters: Record<string, string>, offset: number, limit: number, signal?: AbortSignal) =>
  request(AssetPage, "GET", ROOT, { query: { ...parameters, limit: String(limit), offset: String(offset) }, signal });

/** The number of matching files, and of those with each value that could be chosen. */
export const countAssets = (parameters: Record<string, string>, signal: AbortSignal) =>
  request(AssetCounts, "GET", `${ROOT}/counts`, { query: parameters, signal });

/** All folders with files that match the filters; parents come before their children. */
export const listFolders = (parameters: Record<string, string>, signal: AbortSignal) =>
  allOf((cursor) =>
    request(FolderPage, "GET", `${ROOT}/folders`, { query: { ...parameters, ...(cursor && { cursor }) }, signal }),
  );

/** Groups of similar files among the next files. */
export const listAlike = (cursor: string | null, signal: AbortSignal) =>
  request(AlikePage, "GET", `${ROOT}/alike`, { query: cursor === null ? {} : { cursor }, signal });

export const listKeptBoth = (cursor: string | null, signal: AbortSignal) =>
  request(KeptPairPage, "GET", `${ROOT}/kept-both`, { query: cursor === null ? {} : { cursor }, signal });

export const listSequences = (cursor: string | null, signal: AbortSignal) =>
  request(SequencePage, "GET", `${ROOT}/sequences`, { query: cursor === null ? {} : { cursor }, signal });

export const getAssetDetails = (id: number, signal: AbortSignal) =>
  request(AssetDetails, "GET", `${ROOT}/${id}`, { signal });
export const getWaveform = (id: number, signal: AbortSignal) =>
  request(Waveform, "GET", `${ROOT}/${id}/preview`, { query: { form: "waveform" }, signal });

type OnBatch = (ids: readonly number[], answer: AssetsChanged) => void;
/** The `If-Match` of a change of one file. */
export type Seen = Pick<RequestOptions, "headers">;

/** Apply one change to any number of files, in batches; `onDone` gets the ids of each finished batch. */
async function change(path: string, body: object, ids: readonly number[], onDone?: OnBatch, seen?: Seen) {
  for (const part of chunk(ids, MAX_IDS)) {
    const sent = { body: { ...body, asset_ids: part }, ...seen };
    const answer = await request(AssetsChanged, "POST", `${ROOT}/${path}`, sent);
    onDone?.(part, answer);
  }
}

type Action = AssetAction | Decision | NonNullable<(typeof oppositeOf)[Decision]>;

export const act = (action: Action, ids: readonly number[], onDone?: OnBatch) =>
  change("action", { action, ...reasoned() }, ids, onDone);

export const edit = (ids: readonly number[], edited: AssetEdit, onDone?: OnBatch, seen?: Seen) =>
  change("edit", { set: {}, add_hashtags: [], remove_hashtags: [], ...edited }, ids, onDone, seen);

const AsListed = v.pipe(
  AssetDetails,
  v.transform(({ asset }) => asset),
);

/** For `writeSeen`. */
export const fileOf = (id: number) => ({ schema: AsListed, url: `${ROOT}/${id}` });

/** The author metadata (location, author, prompt, camera) that these files would reveal. */
export function useDisclosures(ids: readonly number[]) {
  return useQuery({
    queryKey: ["disclosures", ids],
    queryFn: async ({ signal }) => {
      const parts = chunk(ids, MAX_PER_REQUEST).map((asset_ids) =>
        request(Disclosures, "POST", `${ROOT}/disclosures`, { body: { asset_ids }, signal }),
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
