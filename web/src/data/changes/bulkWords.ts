/** Words for changes of all posts that a filter finds. */
import { plural, t } from "@lingui/core/macro";
import * as v from "valibot";

import { formatCount } from "../../platform/format";
import { joinParts, lowered } from "../../platform/text";
import type { License } from "../schema";
import { SAME, were } from "./outcome";
import type { BulkAction, BulkChange, BulkReport } from "./schema";

/** `what`: "3 posts". */
const titles: Record<BulkAction, (what: string) => string> = {
  hide: (what) => t`Hide ${what}`,
  unhide: (what) => t`Unhide ${what}`,
  delete: (what) => t`Delete ${what}`,
  restore: (what) => t`Restore ${what}`,
  license: (what) => t`Set the licence of ${what}`,
  hashtags: (what) => t`Change the hashtags of ${what}`,
  details: (what) => t`Set warnings, alt text and AI of ${what}`,
};
export const bulkTitle = (action: BulkAction, what: string) => titles[action](what);
const changed: Record<BulkAction, string> = {
  hide: t`hidden`,
  unhide: t`visible again`,
  delete: t`deleted`,
  restore: t`restored`,
  license: t`under another licence`,
  hashtags: t`retagged`,
  details: t`described so`,
};
const broughtBack: Record<BulkAction, string> = {
  hide: t`visible again`,
  unhide: t`hidden again`,
  delete: t`restored`,
  restore: t`deleted again`,
  license: t`under the licence of before`,
  hashtags: t`with the hashtags of before`,
  details: t`described as before`,
};
export const same = { ...SAME, hashtags: t`tagged so`, details: t`described so` } satisfies Record<BulkAction, string>;

/** Why a post was left as it is. */
export const reasons: Record<BulkReport["items"][number]["reason"], string> = {
  deleted: t`It had been deleted, or restored, meanwhile.`,
  too_many_hashtags: t`It would have too many hashtags.`,
  posted_again: t`The same artwork has been posted again.`,
  changed_since: t`It has been changed since.`,
  license_removed: t`Its licence of before is no longer offered.`,
};

const Requested = v.object({
  action: v.picklist(["hide", "unhide", "delete", "restore", "license", "hashtags", "details"]),
  license_id: v.optional(v.nullable(v.number()), null),
  add_hashtags: v.optional(v.array(v.string()), []),
  remove_hashtags: v.optional(v.array(v.string()), []),
  alt_text: v.optional(v.string()),
  content_warnings: v.optional(v.array(v.string())),
  ai_disclosure: v.optional(v.nullable(v.string())),
  ai_opt_out: v.optional(v.nullable(v.boolean())),
});
const requestOf = ({ request }: BulkChange) => v.safeParse(Requested, request);

/** "Hide 412 posts", "Undo: delete 3 posts". */
export function titleOf(change: BulkChange): string {
  const { success, output } = requestOf(change);
  const what = plural(change.found_count, { one: "# post", other: "# posts" });
  if (!success) return what;
  const text = bulkTitle(output.action, what);
  return change.undo_of_id === null ? text : t`Undo: ${lowered(text)}`;
}

/** The licence, the hashtags, or the details; empty for other changes. */
export function detailOf(change: BulkChange, licenses: readonly License[]): string {
  const { success, output } = requestOf(change);
  if (!success) return "";
  const { action, license_id: id } = output;
  if (action === "license") return licenses.find((license) => license.id === id)?.identifier ?? t`No licence`;
  if (action === "details") return detailsOf(output);
  return joinParts(
    [...output.add_hashtags.map((tag) => `+#${tag}`), ...output.remove_hashtags.map((tag) => `−#${tag}`)],
    " ",
  );
}

function detailsOf(given: v.InferOutput<typeof Requested>): string {
  const { alt_text: alt, content_warnings: warnings, ai_disclosure: ai, ai_opt_out: optsOut } = given;
  return joinParts(
    [
      alt !== undefined && t`alt text “${alt}” where there was none`,
      warnings && (warnings.length > 0 ? t`warnings: ${warnings.join(", ")}` : t`no warnings`),
      ai !== undefined && t`use of AI: ${ai ?? t`not said`}`,
      optsOut !== undefined &&
        (optsOut ? t`not for training AI` : optsOut === null ? t`training AI: the default` : t`for training AI`),
    ],
    " · ",
  );
}

/** Beside a change: what has become of its undo. */
export function undoWords(undo: BulkChange): string {
  const { status, found_count: found, changed_count: count } = undo;
  if (status === "pending" || status === "running") return t`Undoing…`;
  const posts = plural(found, { one: "# post", other: "# posts" });
  if (status !== "completed") return t`Undo stopped: ${formatCount(count)} of ${posts} as before`;
  if (count === found || undo.skipped_count === 0) return t`Undone`;
  return count === 0 ? t`Not undone` : t`Undone in part: ${formatCount(count)} of ${posts} as before`;
}

/** "290 posts hidden. 10 were already hidden. 2 were left out." */
export function outcomeWords(change: BulkChange): string {
  const { success, output } = requestOf(change);
  const { status, done_count: done, changed_count: count, skipped_count: skipped } = change;
  if (status === "failed") return change.error_message ?? t`The change failed.`;
  const isUndo = change.undo_of_id !== null;
  const words = success ? (isUndo ? broughtBack : changed)[output.action] : t`changed`;
  const alike = done - count - skipped;
  return joinParts(
    [
      status === "cancelled" &&
        t`Cancelled after ${formatCount(done)} of ${plural(change.found_count, { one: "# post", other: "# posts" })}.`,
      count > 0 && t`${plural(count, { one: "# post", other: "# posts" })} ${words}.`,
      alike > 0 && success && !isUndo && were(alike, same[output.action]),
      skipped > 0 && plural(skipped, { one: "# post was left as it was.", other: "# posts were left as they were." }),
      done === 0 && status === "completed" && t`No post was left to change.`,
    ],
    " ",
  );
}
