/** Words for changes of all posts that a filter finds. */
import * as v from "valibot";

import { formatCount, plural } from "../../platform/format";
import { joinParts } from "../../platform/text";
import type { License } from "../schema";
import { SAME, were } from "./outcome";
import type { BulkAction, BulkChange, BulkReport } from "./schema";

export const verbs: Record<BulkAction, string> = {
  hide: "Hide",
  unhide: "Unhide",
  delete: "Delete",
  restore: "Restore",
  license: "Set the licence of",
  hashtags: "Change the hashtags of",
  details: "Set warnings, alt text and AI of",
};
const changed: Record<BulkAction, string> = {
  hide: "hidden",
  unhide: "visible again",
  delete: "deleted",
  restore: "restored",
  license: "under another licence",
  hashtags: "retagged",
  details: "described so",
};
const broughtBack: Record<BulkAction, string> = {
  hide: "visible again",
  unhide: "hidden again",
  delete: "restored",
  restore: "deleted again",
  license: "under the licence of before",
  hashtags: "with the hashtags of before",
  details: "described as before",
};
export const same = { ...SAME, hashtags: "tagged so", details: "described so" } satisfies Record<BulkAction, string>;

/** Why a post was left as it is. */
export const reasons: Record<BulkReport["items"][number]["reason"], string> = {
  deleted: "It had been deleted, or restored, meanwhile.",
  too_many_hashtags: "It would have too many hashtags.",
  posted_again: "The same artwork has been posted again.",
  changed_since: "It has been changed since.",
  license_removed: "Its licence of before is no longer offered.",
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
  const what = plural(change.found_count, "post");
  if (!success) return what;
  const text = `${verbs[output.action]} ${what}`;
  return change.undo_of_id === null ? text : `Undo: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** The licence, the hashtags, or the details; empty for other changes. */
export function detailOf(change: BulkChange, licenses: readonly License[]): string {
  const { success, output } = requestOf(change);
  if (!success) return "";
  const { action, license_id: id } = output;
  if (action === "license") return licenses.find((license) => license.id === id)?.identifier ?? "No licence";
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
      alt !== undefined && `alt text “${alt}” where there was none`,
      warnings && (warnings.length > 0 ? `warnings: ${warnings.join(", ")}` : "no warnings"),
      ai !== undefined && `use of AI: ${ai ?? "not said"}`,
      optsOut !== undefined &&
        (optsOut ? "not for training AI" : optsOut === null ? "training AI: the default" : "for training AI"),
    ],
    " · ",
  );
}

/** "290 posts hidden. 10 were already hidden. 2 were left out." */
export function outcomeWords(change: BulkChange): string {
  const { success, output } = requestOf(change);
  const { status, done_count: done, changed_count: count, skipped_count: skipped } = change;
  if (status === "failed") return change.error_message ?? "The change failed.";
  const isUndo = change.undo_of_id !== null;
  const words = success ? (isUndo ? broughtBack : changed)[output.action] : "changed";
  const alike = done - count - skipped;
  return joinParts(
    [
      status === "cancelled" && `Cancelled after ${formatCount(done)} of ${plural(change.found_count, "post")}.`,
      count > 0 && `${plural(count, "post")} ${words}.`,
      alike > 0 && success && !isUndo && were(alike, same[output.action]),
      skipped > 0 && `${plural(skipped, "post was", "posts were")} left as ${skipped === 1 ? "it was" : "they were"}.`,
      done === 0 && status === "completed" && "No post was left to change.",
    ],
    " ",
  );
}
