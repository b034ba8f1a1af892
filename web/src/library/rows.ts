/** How a list of files becomes rows of tiles: by folders, with what was made of a file on it as a stack. */
import type { Asset } from "./schema";

/** Files of one folder, which follow each other in the list. */
export interface Group {
  readonly folder: string;
  readonly count: number;
}

export type Row =
  | { readonly kind: "head"; readonly group: number }
  /** Tiles of `shown`, from this one up to that one, without it. */
  | { readonly kind: "tiles"; readonly from: number; readonly to: number };

export interface Rows {
  readonly rows: readonly Row[];
  /** Places in the list, in the order in which they are shown. */
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

/** The folders' counts and the list's total come by two ways: the last group takes what differs. */
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

/** The last of so many that is not behind what is looked for, by halves; -1 where all are. */
function lastUpTo(wanted: number, count: number, at: (index: number) => number): number {
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (at(middle) <= wanted) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

/** Where a place of the list stands among those shown; -1 where it does not. */
export function shownIndex(shown: readonly number[], place: number): number {
  const index = lastUpTo(place, shown.length, (each) => shown[each] ?? 0);
  return shown[index] === place ? index : -1;
}

/** The row that has the `index`-th of those shown. */
export function rowOf({ rows }: Rows, index: number): number {
  const last = lastUpTo(index, rows.length, (each) => {
    const row = rows[each]?.kind === "head" ? rows[each + 1] : rows[each];
    return row?.kind === "tiles" ? row.from : Infinity;
  });
  const found = Math.max(0, last);
  return rows[found]?.kind === "head" ? found + 1 : found;
}

/** Where an arrow leads by rows, in the same column as far as the row reaches. */
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

/** How many of the files behind an original were made of it: they lie on it as a stack. */
export function stackOf(at: (place: number) => Asset | undefined, place: number): number {
  const id = at(place)?.id;
  let count = 0;
  while (id !== undefined && at(place + count + 1)?.parent_asset_id === id) count += 1;
  return count;
}
