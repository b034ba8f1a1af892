import type { Post } from "../../data/schema";
import type { Ids } from "../../platform/selection";

interface Selected {
  /** In list order, then those that the filters hide. */
  selected: readonly Post[];
  outsideFilter: number;
}

const none: Selected = { selected: [], outsideFilter: 0 };

/** Aggregates over posts. */
export interface Sums {
  bytes: number;
  /** Hidden by the artist, and by a moderator. */
  byUser: number;
  byMod: number;
}

const known = new WeakMap<readonly Post[], Sums>();

/** Memoized per list: those of all posts are computed before they are selected. */
export function sumsOf(posts: readonly Post[]): Sums {
  let sums = known.get(posts);
  if (sums === undefined) known.set(posts, (sums = addUp(posts)));
  return sums;
}

function addUp(posts: readonly Post[]): Sums {
  const sums = { bytes: 0, byUser: 0, byMod: 0 };
  for (const post of posts) {
    sums.bytes += post.file_bytes ?? 0;
    if (post.hidden_by_user) sums.byUser += 1;
    if (post.hidden_by_mod) sums.byMod += 1;
  }
  return sums;
}

/** The selected posts; `rows` are the visible ones. */
export function selectedPosts(ids: Ids, rows: readonly Post[], byId: ReadonlyMap<number, Post>): Selected {
  if (ids.size === 0) return none;
  const shown = rows.filter((post) => ids.has(post.id));
  if (shown.length === ids.size) return { selected: shown, outsideFilter: 0 };
  const isShown = new Set(shown.map((post) => post.id));
  const hidden = [...ids].filter((id) => !isShown.has(id)).flatMap((id) => byId.get(id) ?? []);
  return { selected: [...shown, ...hidden], outsideFilter: hidden.length };
}
