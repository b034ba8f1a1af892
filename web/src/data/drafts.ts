/** Making drafts of files, from the library and on the desk. */
import { plural } from "@lingui/core/macro";

import { newIdempotencyKey } from "@pmd/client";

import { chunk } from "../platform/lists";
import { joinParts } from "../platform/text";
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
  return joinParts(
    [
      plural(made, { one: "# draft made.", other: "# drafts made." }),
      others > 0 &&
        plural(others, {
          one: "# file is a draft or a post already.",
          other: "# files are a draft or a post already.",
        }),
    ],
    " ",
  );
}
