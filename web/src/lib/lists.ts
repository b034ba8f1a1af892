/** What is done with lists of anything: parts, groups, orders, and what is in a set or not. */

/** The most rows that one call may name (section 5 of the contract). */
export const MAX_IDS = 128;

/** A list in parts of at most so many. */
export function chunk<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/** What has the same key, together, in the order in which the keys come first. */
export function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, [T, ...T[]]> {
  const groups = new Map<K, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The edits that some things need, each once and for all that need the same; null where one needs none. */
export function editsFor<T extends { readonly id: number }, E>(things: readonly T[], editOf: (thing: T) => E | null) {
  const needed = things.flatMap((thing) => {
    const edit = editOf(thing);
    return edit === null ? [] : [{ id: thing.id, edit }];
  });
  const alike = groupBy(needed, ({ edit }) => JSON.stringify(edit));
  return [...alike.values()].map((same) => ({ edit: same[0].edit, ids: same.map(({ id }) => id) }));
}

/** What all of them have alike; null where they differ. */
export function commonValue<T>(items: readonly T[], of: (item: T) => string): string | null {
  const values = new Set(items.map(of));
  return values.size === 1 ? ([...values][0] ?? null) : null;
}

export interface Dated {
  readonly id: string | number;
  readonly created_at: string;
}

/** For sorting; of the same time the larger number first, and the smaller text. */
export function newestFirst(a: Dated, b: Dated): number {
  const byId = typeof a.id === "number" ? Number(b.id) - a.id : a.id.localeCompare(String(b.id));
  return Date.parse(b.created_at) - Date.parse(a.created_at) || byId;
}

/** With it where it was not in there, without it where it was. */
export function withToggled<T>(set: ReadonlySet<T>, value: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}
