/** Where keys lead in a list, and which of its things are selected: pure rules, whatever they are and is on the screen. */
import { withToggled } from "./lists";

/** A list's order: an array, or as much of a long list as is known. */
export interface Order<Id = number> {
  readonly length: number;
  indexOf: (id: Id) => number;
  /** Undefined for what is not known yet. */
  at: (index: number) => Id | undefined;
  /** What is known of a part. */
  slice: (from: number, to: number) => readonly Id[];
}

export interface Selection<Id = number> {
  readonly ids: ReadonlySet<Id>;
  /** Where a range begins: what was last clicked by itself. */
  readonly anchor: Id | null;
  /** Where the range from the anchor ends: what was last selected in any way. */
  readonly end: Id | null;
  /** What was selected before the range from the anchor, so that the range can be drawn anew. */
  readonly base: ReadonlySet<Id>;
}

const empty: ReadonlySet<never> = new Set<never>();
export const noSelection: Selection<never> = { ids: empty, anchor: null, end: null, base: empty };

/** Of 50,000 ids a set is milliseconds: it is made once. */
const withoutAnchor = <Id>(ids: ReadonlySet<Id>): Selection<Id> => ({ ids, anchor: null, end: null, base: ids });

export function selectionOf<Id>(ids: Iterable<Id>): Selection<Id> {
  return withoutAnchor(new Set(ids));
}

export function toggle<Id>(selection: Selection<Id>, id: Id): Selection<Id> {
  const ids = withToggled(selection.ids, id);
  return { ids, anchor: id, end: id, base: ids };
}

/** Begin a range here: this is selected with it. */
export function anchorAt<Id>(selection: Selection<Id>, id: Id): Selection<Id> {
  const ids = new Set(selection.ids).add(id);
  return { ids, anchor: id, end: id, base: ids };
}

/**
 * Shift-click: everything from the anchor to `id` in the order that is shown now becomes as the anchor is, selected or
 * not. A second shift-click moves the range's end; what was selected before the range stays.
 */
export function extendTo<Id>(selection: Selection<Id>, order: Order<Id>, id: Id): Selection<Id> {
  const { anchor, base } = selection;
  const from = anchor === null ? -1 : order.indexOf(anchor);
  const to = order.indexOf(id);
  if (anchor === null || from < 0 || to < 0) return toggle(selection, id);
  const ids = new Set(base);
  for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (base.has(anchor)) ids.add(each);
    else ids.delete(each);
  }
  return { ids, anchor, end: id, base };
}

export function add<Id>(selection: Selection<Id>, ids: Iterable<Id>): Selection<Id> {
  // Of all posts at once: what the browser itself fills is there in a third of the time.
  if (selection.ids.size === 0) return selectionOf(ids);
  const all = new Set(selection.ids);
  for (const id of ids) all.add(id);
  return withoutAnchor(all);
}

export function remove<Id>(selection: Selection<Id>, ids: Iterable<Id>): Selection<Id> {
  const left = new Set(selection.ids);
  for (const id of ids) left.delete(id);
  return withoutAnchor(left);
}

/** Only what still exists; the same object when nothing has gone. */
export function keepExisting<Id>(selection: Selection<Id>, exists: (id: Id) => boolean): Selection<Id> {
  const left = [...selection.ids].filter(exists);
  return left.length === selection.ids.size ? selection : selectionOf(left);
}

/** Where a key leads in a list of rows or a grid of tiles; null for keys that do not move. */
export function targetIndex(
  key: string,
  index: number,
  count: number,
  rowsPerScreen: number,
  columns = 1,
): number | null {
  const steps: Record<string, number> = {
    ArrowDown: index + (index < 0 ? 1 : columns),
    ArrowUp: index - columns,
    PageDown: index + rowsPerScreen * columns,
    PageUp: index - rowsPerScreen * columns,
    Home: 0,
    End: count - 1,
    ...(columns > 1 ? { ArrowRight: index + 1, ArrowLeft: index - 1 } : {}),
  };
  const target = steps[key];
  return target === undefined ? null : Math.max(0, Math.min(count - 1, target));
}
