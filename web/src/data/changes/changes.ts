/** Bulk changes of posts: how they are split into requests, applied optimistically, and undone. */
import { plural, t } from "@lingui/core/macro";

import type { PostDetails, PostEdit as Edit } from "../client";
import type { License, Post } from "../schema";
import { chunk, editsFor, MAX_IDS } from "../../platform/lists";
import { hasTag } from "../../platform/text";

export type Change =
  | { kind: "hide" | "unhide" | "delete" | "restore"; reason?: string }
  | { kind: "license"; license: Pick<License, "id" | "identifier"> | null }
  | { kind: "edit"; edit: Edit };

/** One request. */
export interface Step {
  change: Change;
  ids: number[];
  /** The `ETag` of the only post: it is changed if it is still so. */
  seen?: string | undefined;
  /** What a cell of the only post had when its edit began: what others have written there since stays. */
  from?: Partial<Pick<Post, "title" | "description">> | undefined;
}

export function planSteps(change: Change, ids: readonly number[], seen?: string): Step[] {
  return chunk(ids, MAX_IDS).map((part) => ({ change, ids: part, ...(seen && { seen }) }));
}

/** The post after the change; null if deleted. Moderators and artists hide by separate flags. */
export function applyChange(change: Change, post: Post, byModerator: boolean): Post | null {
  switch (change.kind) {
    case "hide":
    case "unhide": {
      const hidden = change.kind === "hide";
      return byModerator ? { ...post, hidden_by_mod: hidden } : { ...post, hidden_by_user: hidden };
    }
    case "delete":
      return null;
    case "restore":
      return post;
    case "license":
      return { ...post, license_identifier: change.license?.identifier ?? null };
    case "edit":
      return edited(post, change.edit);
  }
}

function edited(post: Post, { title, description, details, addHashtags, removeHashtags }: Edit): Post {
  const kept = post.hashtags.filter((tag) => !hasTag(removeHashtags, tag));
  return {
    ...post,
    ...details,
    title: title === undefined ? post.title : title,
    description: description === undefined ? post.description : description,
    hashtags: [...kept, ...addHashtags.filter((tag) => !hasTag(kept, tag))],
  };
}

/** What these details replace in the post. */
function detailsBefore(post: Post, details: Partial<PostDetails>): Partial<PostDetails> {
  const names = Object.keys(details) as (keyof PostDetails)[];
  const changed = names.filter((name) => JSON.stringify(details[name]) !== JSON.stringify(post[name]));
  return Object.fromEntries(changed.map((name) => [name, post[name]]));
}

/** The edit that restores the post's current state; null if the edit changes nothing. */
function reversed(post: Post, edit: Edit): Edit | null {
  const addHashtags = edit.removeHashtags.filter((tag) => hasTag(post.hashtags, tag));
  const removeHashtags = edit.addHashtags.filter((tag) => !hasTag(post.hashtags, tag));
  const before = detailsBefore(post, edit.details ?? {});
  const texts = {
    ...(Object.keys(before).length > 0 && { details: before }),
    ...(edit.title !== undefined && { title: post.title }),
    ...(edit.description !== undefined && { description: post.description }),
  };
  const isNothing = Object.keys(texts).length + addHashtags.length + removeHashtags.length === 0;
  return isNothing ? null : { ...texts, addHashtags, removeHashtags };
}

/**
 * The requests that restore these posts' current state after `change`. Posts that the change does not alter are left out:
 * undoing must not unhide a post that was hidden before.
 */
export function planUndo(
  change: Change,
  posts: readonly Post[],
  byModerator: boolean,
  licenses: readonly License[],
): Step[] {
  const isHidden = (post: Post) => (byModerator ? post.hidden_by_mod : post.hidden_by_user);
  const isShown = (post: Post) => !isHidden(post);
  const idsWhere = (test: (post: Post) => boolean) => posts.filter(test).map((post) => post.id);
  const ids = posts.map((post) => post.id);
  switch (change.kind) {
    case "hide":
      return planSteps({ kind: "unhide" }, idsWhere(isShown));
    case "unhide":
      return planSteps({ kind: "hide" }, idsWhere(isHidden));
    case "delete":
      return planSteps({ kind: "restore" }, ids);
    case "restore":
      return planSteps({ kind: "delete" }, ids);
    case "license": {
      const before = new Set(posts.map((post) => post.license_identifier));
      before.delete(change.license?.identifier ?? null);
      return [...before].flatMap((identifier) => {
        const license = licenses.find((each) => each.identifier === identifier) ?? null;
        const those = idsWhere((post) => post.license_identifier === identifier);
        return planSteps({ kind: "license", license }, those);
      });
    }
    case "edit":
      return editsFor(posts, (post) => reversed(post, change.edit)).flatMap(({ edit, ids }) =>
        planSteps({ kind: "edit", edit }, ids),
      );
  }
}

/** The steps restricted to these posts. */
export function onlyOf(steps: readonly Step[], ids: ReadonlySet<number>): Step[] {
  return steps.flatMap((step) => {
    const left = step.ids.filter((id) => ids.has(id));
    return left.length > 0 ? [{ ...step, ids: left }] : [];
  });
}

const doing: Record<Change["kind"], string> = {
  hide: t`Hiding`,
  unhide: t`Showing`,
  delete: t`Deleting`,
  restore: t`Restoring`,
  license: t`Setting the licence of`,
  edit: t`Editing`,
};

/** "Hiding 300 posts". */
export function describeDoing(change: Change, count: number): string {
  return t`${doing[change.kind]} ${plural(count, { one: "# post", other: "# posts" })}`;
}
