import { type KeyboardEvent, useCallback } from "react";

import { targetIndex } from "../lib/gridKeys";
import { add, anchorAt, extendTo, noSelection, type Selection, toggle } from "../lib/selection";

interface Grid<Id> {
  order: readonly Id[];
  activeId: Id | null;
  setActiveId: (id: Id) => void;
  select: (change: (selection: Selection<Id>) => Selection<Id>) => void;
  onDelete: () => void;
  onOpen: (id: Id) => void;
  /** Select none, in a way that can be taken back. */
  onNone?: () => void;
}

/** Arrows move, Space selects, Enter opens, Shift draws a range, Ctrl+A takes all, Escape none, Delete asks. */
export function useGridKeys<Id>({ order, activeId, setActiveId, select, onDelete, onOpen, onNone }: Grid<Id>) {
  return useCallback(
    (event: KeyboardEvent, rowsPerScreen: number, columns = 1) => {
      if (event.target !== event.currentTarget || order.length === 0) return;
      const index = activeId === null ? -1 : order.indexOf(activeId);
      const target = targetIndex(event.key, index, order.length, rowsPerScreen, columns);
      const current = order[index];
      const isCommand = event.ctrlKey || event.metaKey;
      if (target !== null) {
        const id = order[target];
        if (id === undefined) return;
        setActiveId(id);
        if (event.shiftKey) {
          select((selection) => {
            const goesOn = current === undefined || selection.end === current;
            return extendTo(goesOn ? selection : anchorAt(selection, current), order, id);
          });
        }
      } else if (event.key === " " && current !== undefined) {
        select((selection) => (event.shiftKey ? extendTo(selection, order, current) : toggle(selection, current)));
      } else if (event.key === "Enter" && current !== undefined) {
        onOpen(current);
      } else if (event.key === "a" && isCommand) {
        select((selection) => add(selection, order));
      } else if (event.key === "Escape") {
        if (onNone) onNone();
        else select(() => noSelection);
      } else if (event.key === "Delete") {
        onDelete();
      } else {
        return;
      }
      event.preventDefault();
    },
    [order, activeId, setActiveId, select, onDelete, onOpen, onNone],
  );
}
