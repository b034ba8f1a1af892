import { useState } from "react";

import type { Order } from "../../platform/selection";
import type { ColumnId } from "./cells";
import { type Box, boxOf, type Cell, moved, type Range, rangeOf } from "./range";

export interface Editing extends Cell {
  /** What it begins with; null: what the cell says. */
  readonly text: string | null;
}

interface Options {
  order: Order;
  columns: readonly ColumnId[];
  /** Rows a screen. */
  page: () => number;
}

export type Grid = ReturnType<typeof useGrid>;

/** The cursor, the range and the cell that is being edited. The cursor is a cell of the list as long as it has one. */
export function useGrid({ order, columns, page }: Options) {
  const [asked, setRange] = useState<Range | null>(null);
  const [lastRow, setLastRow] = useState(0);
  const [moves, setMoves] = useState(0);
  const [editing, setEditing] = useState<Editing | null>(null);
  const range = asked && boxOf(asked, order, columns) ? asked : standIn(asked, order, columns, lastRow);
  const box: Box | null = range && boxOf(range, order, columns);
  const cursor = range?.cursor ?? null;
  const activeIndex = cursor ? order.indexOf(cursor.id) : -1;
  if (activeIndex >= 0 && activeIndex !== lastRow) setLastRow(activeIndex);

  const select = (next: Range, isRevealed = true) => {
    setRange(next);
    if (isRevealed) setMoves((count) => count + 1);
  };
  return {
    ...{ range, box, cursor, activeIndex, moves, editing },
    select,
    goTo: (cell: Cell) => select(rangeOf(cell)),
    /** Move by a key, "Mod+Shift+ArrowDown"; false if it moves nothing. */
    move: (key: string) => {
      if (!range) return false;
      const name = key.split("+").at(-1) ?? "";
      const to = moved(name, range.cursor, order, columns, page(), key.includes("Mod+"));
      if (!to) return false;
      select(key.includes("Shift+") ? { anchor: range.anchor, cursor: to } : rangeOf(to));
      return true;
    },
    edit: (cell: Cell, text: string | null = null) => {
      select(rangeOf(cell));
      setEditing({ ...cell, text });
    },
    endEdit: () => setEditing(null),
  };
}

/** Where the cursor's row has left the list, or its column is not shown: the place it had. */
function standIn(asked: Range | null, order: Order, columns: readonly ColumnId[], lastRow: number): Range | null {
  const cursor = asked?.cursor;
  const row = cursor ? order.indexOf(cursor.id) : -1;
  const id = order.at(row >= 0 ? row : Math.min(lastRow, order.length - 1));
  const column =
    columns.find((each) => each === cursor?.column) ?? columns.find((each) => each === "title") ?? columns[0];
  return id === undefined || column === undefined ? null : rangeOf({ id, column });
}
