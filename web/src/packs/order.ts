/** The order of a pack's files: its list, of which one at a time is dragged or moved by keys. */

/** This file put before the one that stands at `index` of the list as it is shown. */
export function moveTo(order: readonly number[], moved: number, index: number): number[] {
  const others = (part: readonly number[]) => part.filter((id) => id !== moved);
  return [...others(order.slice(0, index)), moved, ...others(order.slice(index))];
}

/** One place up (-1) or down (1). */
export function moveBy(order: readonly number[], moved: number, by: -1 | 1): number[] {
  const at = order.indexOf(moved);
  return moveTo(order, moved, Math.max(0, by < 0 ? at - 1 : at + 2));
}

export function addTo(order: readonly number[], added: readonly number[]): number[] {
  return [...new Set([...order, ...added])];
}

export function isSameOrder(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
