/** Which posts are selected: pure rules, whatever is on the screen. */

export interface Selection {
  readonly ids: ReadonlySet<number>;
  /** Where a range begins: the post that was last clicked by itself. */
  readonly anchor: number | null;
  /** Where the range from the anchor ends: the post that was last selected in any way. */
  readonly end: number | null;
  /** What was selected before the range from the anchor, so that the range can be drawn anew. */
  readonly base: ReadonlySet<number>;
}

const empty: ReadonlySet<number> = new Set();
export const noSelection: Selection = { ids: empty, anchor: null, end: null, base: empty };

export function selectionOf(ids: Iterable<number>): Selection {
  const set = new Set(ids);
  return { ids: set, anchor: null, end: null, base: set };
}

export function toggle(selection: Selection, id: number): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id, end: id, base: ids };
}

/** Begin a range at this post, which is selected with it. */
export function anchorAt(selection: Selection, id: number): Selection {
  const ids = new Set(selection.ids).add(id);
  return { ids, anchor: id, end: id, base: ids };
}

/**
 * Shift-click: everything from the anchor to `id` in the order that is shown now becomes as the anchor is, selected or
 * not. A second shift-click moves the range's end; what was selected before the range stays.
 */
export function extendTo(selection: Selection, order: readonly number[], id: number): Selection {
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

export function add(selection: Selection, ids: Iterable<number>): Selection {
  return selectionOf([...selection.ids, ...ids]);
}

export function remove(selection: Selection, ids: Iterable<number>): Selection {
  const left = new Set(selection.ids);
  for (const id of ids) left.delete(id);
  return selectionOf(left);
}

/** Only what still exists; the same object when nothing has gone. */
export function keepExisting(selection: Selection, exists: (id: number) => boolean): Selection {
  const left = [...selection.ids].filter(exists);
  return left.length === selection.ids.size ? selection : selectionOf(left);
}

/** The selected posts in the order that is shown, then those that a filter hides, in their own. */
export function inOrder(ids: ReadonlySet<number>, order: readonly number[]): number[] {
  const shown = order.filter((id) => ids.has(id));
  if (shown.length === ids.size) return shown;
  return [...new Set([...shown, ...ids])];
}
