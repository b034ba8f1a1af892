import { type KeyboardEvent, useCallback } from "react";

import type { Selection } from "./selection";
import { add, anchorAt, extendTo, noSelection, toggle } from "./selection";

interface Grid {
  order: readonly number[];
  activeId: number | null;
  setActiveId: (id: number) => void;
  select: (change: (selection: Selection) => Selection) => void;
  onDelete: () => void;
}

/** Where a key leads from row `index`; null for keys that do not move. */
export function targetIndex(key: string, index: number, count: number, rowsPerScreen: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + rowsPerScreen,
    PageUp: index - rowsPerScreen,
    Home: 0,
    End: count - 1,
  };
  const target = steps[key];
  return target === undefined ? null : Math.max(0, Math.min(count - 1, target));
}

/** Arrows move, Space selects, Shift draws a range, Ctrl+A takes all, Escape none, Delete asks. */
export function useGridKeys({ order, activeId, setActiveId, select, onDelete }: Grid) {
  return useCallback(
    (event: KeyboardEvent, rowsPerScreen: number) => {
      if (event.target !== event.currentTarget || order.length === 0) return;
      const index = activeId === null ? -1 : order.indexOf(activeId);
      const target = targetIndex(event.key, index, order.length, rowsPerScreen);
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
      } else if (event.key === "a" && isCommand) {
        select((selection) => add(selection, order));
      } else if (event.key === "Escape") {
        select(() => noSelection);
      } else if (event.key === "Delete") {
        onDelete();
      } else {
        return;
      }
      event.preventDefault();
    },
    [order, activeId, setActiveId, select, onDelete],
  );
}
