/** Groups a list of files into rows of tiles: by folder, with derived files stacked on their original. */
import type { Asset } from "../../data/assets/schema";

/** Consecutive files of one folder. */
export interface Group {
  readonly folder: string;
  readonly count: number;
}

export type Row =
  | { readonly kind: "head"; readonly group: number }
  /** Tiles of `shown`, from `from` (inclusive) to `to` (exclusive). */
  | { readonly kind: "tiles"; readonly from: number; readonly to: number };

export interface Rows {
  readonly rows: readonly Row[];
  /** Indices into the list, in display order. */
  readonly shown: readonly number[];
}

interface Options {
  total: number;
  /** Null: one list without headings. */
  groups: readonly Group[] | null;
  closed: ReadonlySet<string>;
  columns: number;
  isHidden: (place: number) => boolean;
}

/** Folder counts and total come from separate requests: the last group absorbs any difference. */
function spread(groups: readonly Group[], total: number): Group[] {
  const placed: Group[] = [];
  let left = total;
  for (const group of groups) {
    const count = Math.min(group.count, left);
    left -= count;
    if (count > 0) placed.push({ ...group, count });
  }
  const last = placed.pop();
  return last ? [...placed, { ...last, count: last.count + left }] : total > 0 ? [{ folder: "", count: total }] : [];
}

export function rowsOf({ total, groups, closed, columns, isHidden }: Options): Rows & { placed: readonly Group[] } {
  const rows: Row[] = [];
  const shown: number[] = [];
  const placed = groups === null ? [{ folder: "", count: total }] : spread(groups, total);
  let place = 0;
  placed.forEach((group, index) => {
    if (groups !== null) rows.push({ kind: "head", group: index });
    const from = shown.length;
    const end = place + group.count;
    if (closed.has(group.folder)) place = end;
    for (; place < end; place++) if (!isHidden(place)) shown.push(place);
    for (let at = from; at < shown.length; at += columns) {
      rows.push({ kind: "tiles", from: at, to: Math.min(shown.length, at + columns) });
    }
  });
  return { rows, shown, placed };
}

/** Binary search: the last index whose value is not greater than the target; -1 if there is none. */
function lastUpTo(wanted: number, count: number, at: (index: number) => number): number {
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (at(middle) <= wanted) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

/** The position of a list index among those shown; -1 if it is hidden. */
export function shownIndex(shown: readonly number[], place: number): number {
  const index = lastUpTo(place, shown.length, (each) => shown[each] ?? 0);
  return shown[index] === place ? index : -1;
}

/** The row that contains the `index`-th shown file. */
export function rowOf({ rows }: Rows, index: number): number {
  const last = lastUpTo(index, rows.length, (each) => {
    const row = rows[each]?.kind === "head" ? rows[each + 1] : rows[each];
    return row?.kind === "tiles" ? row.from : Infinity;
  });
  const found = Math.max(0, last);
  return rows[found]?.kind === "head" ? found + 1 : found;
}

/** Where an up or down arrow leads: the same column of another row, or its last one. */
export function byRows(layout: Rows, index: number, by: number): number {
  if (index < 0) return 0;
  const { rows } = layout;
  const at = rowOf(layout, index);
  const row = rows[at];
  const column = row?.kind === "tiles" ? index - row.from : 0;
  let left = Math.abs(by);
  let target = row;
  for (let next = at + Math.sign(by); left > 0 && rows[next]; next += Math.sign(by)) {
    if (rows[next]?.kind !== "tiles") continue;
    target = rows[next];
    left -= 1;
  }
  return target?.kind === "tiles" ? Math.min(target.from + column, target.to - 1) : index;
}

/** How many of the files right after an original were derived from it: they form its stack. */
export function stackOf(at: (place: number) => Asset | undefined, place: number): number {
  const id = at(place)?.id;
  let count = 0;
  while (id !== undefined && at(place + count + 1)?.parent_asset_id === id) count += 1;
  return count;
}
