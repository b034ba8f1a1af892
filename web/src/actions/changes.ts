/** What can be done to many posts, how it is cut into requests, and how it is taken back. */
import type { License, Post } from "../api/schema";
import { plural } from "../lib/format";

/** The most posts that one request may name (section 5 of the contract). */
export const CHUNK = 128;

export type Change =
  | { kind: "hide" | "unhide" | "delete" | "restore" }
  | { kind: "license"; license: Pick<License, "id" | "identifier"> | null };

/** One request. */
export interface Step {
  change: Change;
  ids: number[];
}

export function planSteps(change: Change, ids: readonly number[], size = CHUNK): Step[] {
  const steps: Step[] = [];
  for (let start = 0; start < ids.length; start += size) steps.push({ change, ids: ids.slice(start, start + size) });
  return steps;
}

/** A post as it will be; null when it will be gone. A moderator's hiding is another flag than the artist's. */
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
  }
}

/**
 * The requests that bring these posts back to what they are now, once `change` is done. Posts that the change does not
 * alter are left alone: taking back the hiding of a post that was hidden before would show what nobody asked to show.
 */
export function planUndo(
  change: Change,
  posts: readonly Post[],
  byModerator: boolean,
  licenses: readonly License[],
): Step[] {
  const isHidden = (post: Post) => (byModerator ? post.hidden_by_mod : post.hidden_by_user);
  const idsWhere = (test: (post: Post) => boolean) => posts.filter(test).map((post) => post.id);
  switch (change.kind) {
    case "hide":
      return planSteps(
        { kind: "unhide" },
        idsWhere((post) => !isHidden(post)),
      );
    case "unhide":
      return planSteps({ kind: "hide" }, idsWhere(isHidden));
    case "delete":
      return planSteps(
        { kind: "restore" },
        idsWhere(() => true),
      );
    case "restore":
      return planSteps(
        { kind: "delete" },
        idsWhere(() => true),
      );
    case "license": {
      const before = new Set(posts.map((post) => post.license_identifier));
      before.delete(change.license?.identifier ?? null);
      return [...before].flatMap((identifier) => {
        const license = licenses.find((each) => each.identifier === identifier) ?? null;
        return planSteps(
          { kind: "license", license },
          idsWhere((post) => post.license_identifier === identifier),
        );
      });
    }
  }
}

const done: Record<Change["kind"], string> = {
  hide: "hidden",
  unhide: "no longer hidden",
  delete: "deleted",
  restore: "restored",
  license: "licensed anew",
};

const doing: Record<Change["kind"], string> = {
  hide: "Hiding",
  unhide: "Unhiding",
  delete: "Deleting",
  restore: "Restoring",
  license: "Setting the licence of",
};

/** "300 posts hidden". */
export function describeDone(change: Change, count: number): string {
  return `${plural(count, "post")} ${done[change.kind]}`;
}

/** "Hiding 300 posts". */
export function describeDoing(change: Change, count: number): string {
  return `${doing[change.kind]} ${plural(count, "post")}`;
}
