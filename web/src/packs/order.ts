/** The order of a pack's files: its list. Dragged or moved by keys, several at once where several are chosen. */

/** These files, in the order they have now, put before the one that stands at `index` of the list as it is shown. */
export function moveTo(order: readonly number[], moved: ReadonlySet<number>, index: number): number[] {
  const taken = order.filter((id) => moved.has(id));
  const before = order.slice(0, index).filter((id) => !moved.has(id));
  const behind = order.slice(index).filter((id) => !moved.has(id));
  return [...before, ...taken, ...behind];
}

/** One place up (-1) or down (1), as a block: what stands apart comes together at the first or last of them. */
export function moveBy(order: readonly number[], moved: ReadonlySet<number>, by: -1 | 1): number[] {
  const places = order.flatMap((id, index) => (moved.has(id) ? [index] : []));
  const edge = by < 0 ? places[0] : places.at(-1);
  if (edge === undefined) return [...order];
  return by < 0 ? moveTo(order, moved, Math.max(0, edge - 1)) : moveTo(order, moved, Math.min(order.length, edge + 2));
}

export function addTo(order: readonly number[], added: readonly number[]): number[] {
  return [...new Set([...order, ...added])];
}

export function isSameOrder(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
