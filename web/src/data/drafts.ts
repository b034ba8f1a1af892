/** Making drafts of files, from the library and on the desk. */
import { newIdempotencyKey } from "@pmd/client";

import { chunk } from "../platform/lists";
import { request } from "./client";
import { DraftsMade } from "./schema";

/** The API accepts at most this many files per request. */
const MAX_FILES = 1024;

/** The drafts of these files, in their order; those that have one already keep it. */
export async function makeDrafts(assetIds: readonly number[]): Promise<DraftsMade> {
  const items: DraftsMade["items"] = [];
  let made = 0;
  for (const part of chunk(assetIds, MAX_FILES)) {
    const body = { asset_ids: part };
    const answer = await request(DraftsMade, "POST", "/api/pmd/drafts", { body, idempotencyKey: newIdempotencyKey() });
    items.push(...answer.items);
    made += answer.made_count;
  }
  return { items, made_count: made };
}
