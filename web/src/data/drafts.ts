/** Making drafts of files, from the library and on the desk. */
import { newIdempotencyKey } from "@pmd/client";

import { plural } from "../platform/format";
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

/** "12 drafts made. 3 files are a draft or a post already." */
export function madeWords({ items, made_count: made }: DraftsMade): string {
  const others = items.length - made;
  const rest = others > 0 ? ` ${plural(others, "file")} ${others === 1 ? "is" : "are"} a draft or a post already.` : "";
  return `${plural(made, "draft")} made.${rest}`;
}
