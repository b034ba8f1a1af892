/** Summarizes a bulk change: how many posts changed, how many did not, and why. */
import { plural, t } from "@lingui/core/macro";

import type { Post } from "../schema";
import { joinParts } from "../../platform/text";
import { applyChange, type Change, type Step } from "./changes";

interface Outcome {
  changed: number;
  /** Posts that already were in that state. */
  same: number;
  /** Of an unhide: posts that the other party (artist or moderator) keeps hidden. */
  stillHidden: number;
}

/** `before`: the posts before the change; unknown ones count as changed. */
export function outcomeOf(steps: readonly Step[], before: ReadonlyMap<number, Post>, byModerator: boolean): Outcome {
  const outcome = { changed: 0, same: 0, stillHidden: 0 };
  for (const [change, id] of steps.flatMap(({ change, ids }) => ids.map((id) => [change, id] as const))) {
    const post = before.get(id);
    if (post && staysHidden(change, post, byModerator)) outcome.stillHidden += 1;
    else if (post && isSame(change, post, byModerator)) outcome.same += 1;
    else outcome.changed += 1;
  }
  return outcome;
}

function staysHidden(change: Change, post: Post, byModerator: boolean): boolean {
  return change.kind === "unhide" && (byModerator ? post.hidden_by_user : post.hidden_by_mod);
}

function isSame(change: Change, post: Post, byModerator: boolean): boolean {
  if (change.kind === "restore") return false;
  const after = applyChange(change, post, byModerator);
  return after !== null && JSON.stringify(after) === JSON.stringify(post);
}

export const were = (count: number, what: string) =>
  t`${plural(count, { one: "# was", other: "# were" })} already ${what}.`;
export const are = (count: number, what: string) =>
  t`${plural(count, { one: "# is", other: "# are" })} already ${what}.`;

const CHANGED: Record<Exclude<Change["kind"], "license">, string> = {
  hide: t`hidden`,
  unhide: t`visible again`,
  delete: t`deleted`,
  restore: t`restored`,
  edit: t`edited`,
};
export const SAME: Record<Change["kind"], string> = {
  hide: t`hidden`,
  unhide: t`visible`,
  delete: t`deleted`,
  restore: t`restored`,
  license: t`under this licence`,
  edit: t`like this`,
};

/** "2 posts visible again. 1 stays hidden: a moderator hid it." */
export function describeDone(change: Change, { changed, same, stillHidden }: Outcome, byModerator: boolean): string {
  const sentences = [
    changed > 0 && t`${plural(changed, { one: "# post", other: "# posts" })} ${changedWords(change, changed)}.`,
    stillHidden > 0 && stillHiddenWords(stillHidden, byModerator),
    same > 0 && were(same, SAME[change.kind]),
  ];
  return joinParts(sentences, " ");
}

function changedWords(change: Change, count: number): string {
  if (change.kind !== "license") return CHANGED[change.kind];
  const name = change.license?.identifier;
  return name === undefined
    ? plural(count, { one: "has no licence now", other: "have no licence now" })
    : plural(count, { one: `has the licence ${name}`, other: `have the licence ${name}` });
}

export function stillHiddenWords(count: number, byModerator: boolean): string {
  return byModerator
    ? plural(count, { one: "# stays hidden: its artist hid it.", other: "# stay hidden: their artist hid them." })
    : plural(count, { one: "# stays hidden: a moderator hid it.", other: "# stay hidden: a moderator hid them." });
}
