import type { PackedAsset } from "./schema";

/** The order of a pack's files: one file at a time is dragged or moved by keys. */

/** Move a file before the one at `index` of the present order. */
export function moveTo(order: readonly number[], moved: number, index: number): number[] {
  const others = (part: readonly number[]) => part.filter((id) => id !== moved);
  return [...others(order.slice(0, index)), moved, ...others(order.slice(index))];
}

/** Move a file up (-1) or down (1). */
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

/** A path is sent only if it was set: otherwise the library's folder stays the one that counts. */
export function chosenOf({ asset_id, notes, path }: Pick<PackedAsset, "asset_id" | "notes" | "path">) {
  return { asset_id, ...(notes && { notes }), ...(path !== null && { path }) };
}
