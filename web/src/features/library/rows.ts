/** Groups a list of files into rows of tiles: by folder, with derived files stacked on their original. */
import { lastUpTo } from "../../platform/lists";
import { indexIn } from "../../platform/selection";
import type { Asset } from "../../data/assets/schema";
import type { Items } from "./windows";

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

/** The row that contains the `index`-th shown file. */
export function rowOf({ rows }: Rows, index: number): number {
  const last = lastUpTo(index, rows.length, (each) => {
    const row = rows[each]?.kind === "head" ? rows[each + 1] : rows[each];
    return row?.kind === "tiles" ? row.from : Infinity;
  });
  const found = Math.max(0, last);
  return rows[found]?.kind === "head" ? found + 1 : found;
}

/** The first file of a row, or below a heading. */
export function itemOf({ rows }: Rows, index: number): number {
  const row = rows.slice(index).find(({ kind }) => kind === "tiles");
  return row?.kind === "tiles" ? row.from : 0;
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

/** The file that this one is stacked on: the one on top of it, or its original. */
const topOf = (asset: Asset | undefined) => asset?.stack_id ?? asset?.parent_asset_id ?? null;

/** How many of the files right after one are below it or were derived from it: they form its stack. */
export function stackOf(items: Items, place: number): number {
  const id = items[place]?.id;
  let count = 0;
  while (id !== undefined && topOf(items[place + count + 1]) === id) count += 1;
  return count;
}

/** The whole stacks of these files, each with the one on top first, where the list shows them. */
export function stacksOf(items: Items, assets: readonly Asset[]): Asset[][] {
  const tops = [...new Set(assets.map(({ id, stack_id: top }) => top ?? id))];
  return tops.map((top) => stackOn(items, top)).filter(({ length }) => length > 1);
}

function stackOn(items: Items, top: number): Asset[] {
  const at = indexIn(items, top);
  if (at < 0) return [];
  let end = at + 1;
  while (topOf(items[end]) !== null) end += 1; // results of its files stand among them
  return items.slice(at, end).flatMap((item, place) => (item && (place === 0 || item.stack_id === top) ? [item] : []));
}

/** Whether a file is stacked on one that it follows, and that stack is not spread. */
export function isStacked(items: Items, place: number, spread: ReadonlySet<number>): boolean {
  const top = topOf(items[place]);
  if (top === null || spread.has(top)) return false;
  const at = indexIn(items, top);
  return at >= 0 && at < place;
}

/** As the service has it. */
const SHORTEST_SEQUENCE = 3;

function isNextFrame(before: Asset, after: Asset): boolean {
  return (
    after.sequence !== null &&
    after.sequence === before.sequence &&
    after.folder === before.folder &&
    after.width === before.width &&
    after.height === before.height &&
    after.frame_number === (before.frame_number ?? NaN) + 1
  );
}

/** The places of the frames of each sequence, by the place of its first one. What is stacked on a frame is no frame. */
export function sequencesOf(items: Items): ReadonlyMap<number, readonly number[]> {
  const sequences = new Map<number, readonly number[]>();
  let run: number[] = [];
  const end = () => {
    if (run.length >= SHORTEST_SEQUENCE) sequences.set(run[0] ?? 0, run);
    run = [];
  };
  for (let place = 0; place < items.length; place++) {
    const asset = items[place];
    if (topOf(asset) !== null) continue;
    const last = items[run.at(-1) ?? -1];
    if (!asset || !last || !isNextFrame(last, asset)) end();
    if (asset && asset.sequence !== null) run.push(place);
  }
  end();
  return sequences;
}
