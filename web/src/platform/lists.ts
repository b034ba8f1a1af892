/** The API accepts at most this many ids per request. */
export const MAX_IDS = 128;

export function chunk<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/** Groups in the order in which their keys first occur. */
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

/** Group items by the edit each needs, so that equal edits are one request; null: no edit. */
export function editsFor<T extends { readonly id: number }, E>(things: readonly T[], editOf: (thing: T) => E | null) {
  const needed = things.flatMap((thing) => {
    const edit = editOf(thing);
    return edit === null ? [] : [{ id: thing.id, edit }];
  });
  const alike = groupBy(needed, ({ edit }) => JSON.stringify(edit));
  return [...alike.values()].map((same) => ({ edit: same[0].edit, ids: same.map(({ id }) => id) }));
}

/** The value that all items share; null if they differ. */
export function commonValue<T, V extends string>(items: readonly T[], of: (item: T) => V): V | null {
  const values = new Set(items.map(of));
  return values.size === 1 ? ([...values][0] ?? null) : null;
}

export interface Dated {
  readonly id: string | number;
  readonly created_at: string;
}

/** A comparator; ties are broken by numeric ids descending, or by string ids ascending. */
export function newestFirst(a: Dated, b: Dated): number {
  const byId = typeof a.id === "number" ? Number(b.id) - a.id : a.id.localeCompare(String(b.id));
  return Date.parse(b.created_at) - Date.parse(a.created_at) || byId;
}

export function withToggled<T>(set: Iterable<T>, value: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

/** Binary search: the last index whose value is not greater than the target; -1 if there is none. */
export function lastUpTo(wanted: number, count: number, at: (index: number) => number): number {
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (at(middle) <= wanted) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}
