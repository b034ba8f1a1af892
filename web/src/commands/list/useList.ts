import { useCallback, useState } from "react";

import { extendTo, noSelection, type Order, type Selection, toggle } from "../../platform/selection";
import { openMenu } from "../menu";

export type Select<Id = number> = (change: (selection: Selection<Id>) => Selection<Id>) => void;

interface Cursor<Id> {
  readonly id: Id;
  readonly index: number;
  readonly key: string;
}

interface Options<Id> {
  order: Order<Id>;
  /** Another one means another list: what it leaves out was not removed. */
  key?: string;
  selection: Selection<Id>;
  select: Select<Id>;
}

export type List<Id = number> = ReturnType<typeof useList<Id>>;

/**
 * A list's cursor and selection. When the item at the cursor is removed, the cursor goes to the one that took its place;
 * when another filter excludes it, there is no cursor until it is shown again. `moves` counts the moves by hand: only
 * those scroll the cursor into view.
 */
export function useList<Id = number>({ order, key = "", selection, select }: Options<Id>) {
  const [cursor, setCursor] = useState<Cursor<Id> | null>(null);
  const [moves, setMoves] = useState(0);
  // Mostly it is where it was: no need to search 50,000 items.
  const isThere = cursor !== null && order.at(cursor.index) === cursor.id;
  const found = cursor === null ? -1 : isThere ? cursor.index : order.indexOf(cursor.id);
  if (cursor && found >= 0 && (found !== cursor.index || key !== cursor.key))
    setCursor({ ...cursor, index: found, key });
  const activeIndex = found >= 0 || cursor?.key !== key ? found : Math.min(cursor.index, order.length - 1);
  const activeId = order.at(activeIndex) ?? null;

  // Stable while the order is: rows receive callbacks derived from it, and would otherwise render again.
  const setActiveId = useCallback(
    (id: Id) => {
      setCursor({ id, index: order.indexOf(id), key });
      setMoves((count) => count + 1);
    },
    [order, key],
  );
  /** A click: toggle, or with Shift extend the range. */
  const pick = useCallback(
    (id: Id, isRange: boolean) => {
      setActiveId(id);
      select((now) => (isRange ? extendTo(now, order, id) : toggle(now, id)));
    },
    [order, select, setActiveId],
  );
  /** The context menu: about the selection if the item is part of it, else about the item alone. */
  const openMenuFor = (id: Id, at: { x: number; y: number }) => {
    if (!selection.ids.has(id)) select(() => noSelection);
    setActiveId(id);
    openMenu(at);
  };
  return { order, selection, select, activeId, activeIndex, moves, setActiveId, pick, openMenuFor };
}
