/** What was left out, by why: a sentence that holds for fifty files is said once. */

interface Group<T> {
  readonly reason: string;
  readonly items: readonly T[];
}

/** The groups, the largest first; within one the order stays. */
export function byReason<T>(items: readonly T[], reasonOf: (item: T) => string | null): Group<T>[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const reason = reasonOf(item) ?? "It was left out.";
    groups.set(reason, [...(groups.get(reason) ?? []), item]);
  }
  return [...groups].map(([reason, of]) => ({ reason, items: of })).sort((a, b) => b.items.length - a.items.length);
}
