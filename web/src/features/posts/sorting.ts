/** Sorting of long lists: once per column, used in both directions. */
import type { Post } from "../../data/schema";

type KeyOf = (post: Post) => string | number | undefined;

/** Posts sorted by a column; the reverse order is computed on demand. */
interface Sorted {
  readonly ascending: readonly Post[];
  /** Start indexes of runs of equal keys. */
  readonly starts: readonly number[];
  /** The index from which posts have no value. */
  readonly valueless: number;
  descending: readonly Post[] | null;
}

// Comparisons are the expensive part: one sort per list and column.
const sorted = new WeakMap<readonly Post[], Map<string, Sorted>>();

function sortedBy(posts: readonly Post[], id: string, keyOf: KeyOf): Sorted {
  const known = sorted.get(posts) ?? new Map<string, Sorted>();
  sorted.set(posts, known);
  let order = known.get(id);
  if (order === undefined) known.set(id, (order = sortBy(posts, keyOf)));
  return order;
}

function sortBy(posts: readonly Post[], keyOf: KeyOf): Sorted {
  const keyed = posts.map((post) => ({ post, key: keyOf(post) }));
  keyed.sort((a, b) => {
    if (a.key === b.key) return b.post.id - a.post.id;
    if (a.key === undefined) return 1;
    if (b.key === undefined) return -1;
    return a.key < b.key ? -1 : 1;
  });
  const starts: number[] = [];
  let valueless = keyed.length;
  keyed.forEach(({ key }, index) => {
    if (key === undefined) valueless = Math.min(valueless, index);
    else if (index === 0 || key !== keyed[index - 1]?.key) starts.push(index);
  });
  return { ascending: keyed.map(({ post }) => post), starts, valueless, descending: null };
}

function reversed({ ascending, starts, valueless }: Sorted): readonly Post[] {
  const rows: Post[] = [];
  let end = valueless;
  for (const start of starts.toReversed()) {
    for (let index = start; index < end; index += 1) {
      const post = ascending[index];
      if (post) rows.push(post);
    }
    end = start;
  }
  return rows.concat(ascending.slice(valueless));
}

/** Posts sorted by these keys; ties newest first in either direction, missing values last. */
export function inOrderOf(posts: readonly Post[], id: string, keyOf: KeyOf, desc: boolean): readonly Post[] {
  const order = sortedBy(posts, id, keyOf);
  return desc ? (order.descending ??= reversed(order)) : order.ascending;
}
