import { type MouseEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";

import type { Order } from "../../platform/selection";
import type { ColumnId } from "./cells";
import { type Box, type Cell, filledTo, rangeOf, stepped } from "./range";
import type { Grid } from "./useGrid";

/** Near an edge the grid scrolls, by at most this many pixels a frame. */
const EDGE = 40;
const MAX_SCROLL = 18;

interface Options {
  scroller: RefObject<HTMLDivElement | null>;
  cursorOf: Grid;
  order: Order;
  columns: readonly ColumnId[];
  isReadOnly: boolean;
  onPick: (id: number, isRange: boolean) => void;
  onOpen: () => void;
  onAct: (id: number, column: ColumnId, name: string) => void;
  onFill: (top: number, bottom: number) => void;
  onMenu: (at: { x: number; y: number }) => void;
}

interface Drag {
  readonly kind: "range" | "fill";
  x: number;
  y: number;
  readonly from: Cell;
}

function cellAt(target: EventTarget | null): Cell | null {
  const cell = (target as Element | null)?.closest<HTMLElement>("[data-column]");
  const id = Number(cell?.closest<HTMLElement>("[data-id]")?.dataset["id"]);
  return cell && id ? { id, column: cell.dataset["column"] as ColumnId } : null;
}

/** A press moves the cursor, a drag draws the range or fills from its handle, a double press edits. */
export function useGridPointer(options: Options) {
  const { scroller, cursorOf: grid, order, columns, onPick, onOpen, onAct, onFill, onMenu } = options;
  const drag = useRef<Drag | null>(null);
  const frame = useRef(0);
  const wasCursor = useRef(false);
  /** Up to where a drag of the handle would fill. */
  const [filled, setFilled] = useState<Box | null>(null);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  const follow = () => {
    const now = drag.current;
    const box = grid.box;
    if (!now || !box) return;
    const over = cellAt(document.elementFromPoint(now.x, now.y));
    if (!over) return;
    if (now.kind === "range") {
      if (grid.range?.cursor.id !== over.id || grid.range.cursor.column !== over.column)
        grid.select({ anchor: now.from, cursor: over }, false);
      return;
    }
    setFilled(filledTo(box, order.indexOf(over.id)));
  };
  const latest = useRef(follow);
  useEffect(() => {
    latest.current = follow;
  });
  const scroll = () => {
    const element = scroller.current;
    if (!element || !drag.current) return;
    const { top, bottom } = element.getBoundingClientRect();
    const by = Math.max(top + EDGE - drag.current.y, drag.current.y - (bottom - EDGE)) / 3;
    if (by > 0) {
      element.scrollBy(0, Math.min(MAX_SCROLL, by) * (drag.current.y < top + EDGE ? -1 : 1));
      latest.current();
    }
    frame.current = requestAnimationFrame(scroll);
  };
  const begin = (event: PointerEvent, kind: Drag["kind"], from: Cell) => {
    drag.current = { kind, from, x: event.clientX, y: event.clientY };
    scroller.current?.setPointerCapture(event.pointerId);
    frame.current = requestAnimationFrame(scroll);
  };
  const end = () => {
    cancelAnimationFrame(frame.current);
    if (drag.current?.kind === "fill" && filled) onFill(filled.top, filled.bottom);
    drag.current = null;
    setFilled(null);
  };
  const isInField = (target: EventTarget) => (target as Element).closest(".desk-editor, button, a") !== null;

  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0 || isInField(event.target)) return;
      const target = event.target as Element;
      const row = target.closest<HTMLElement>("[data-id]");
      if (target.closest("[data-fill]") && grid.range) {
        begin(event, "fill", grid.range.cursor);
        return;
      }
      const cell = cellAt(target);
      if (!row || !cell) return;
      wasCursor.current = grid.cursor?.id === cell.id && grid.cursor.column === cell.column;
      if (event.shiftKey && grid.range) grid.select({ anchor: grid.range.anchor, cursor: cell }, false);
      else grid.select(rangeOf(cell), false);
      // A finger's drag scrolls, and a picture is dragged to its day.
      if (event.pointerType !== "touch" && !target.closest("[data-handle], [data-act]")) {
        begin(event, "range", event.shiftKey && grid.range ? grid.range.anchor : cell);
      }
    },
    onPointerMove: (event: PointerEvent) => {
      if (!drag.current) return;
      Object.assign(drag.current, { x: event.clientX, y: event.clientY });
      follow();
    },
    onPointerUp: end,
    onPointerCancel: end,
    onClick: (event: MouseEvent) => {
      const target = event.target as Element;
      const row = Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]);
      const act = target.closest<HTMLElement>("[data-act]")?.dataset["act"];
      const cell = cellAt(target);
      if (target.closest("[data-tick]") && row) onPick(row, event.shiftKey);
      else if (act && cell) onAct(cell.id, cell.column, act);
      else if (cell && wasCursor.current && matchMedia("(hover: none)").matches) onOpen();
    },
    onDoubleClick: (event: MouseEvent) => {
      // The press holds the pointer: its target is the grid.
      const pressed = document.elementFromPoint(event.clientX, event.clientY);
      if (cellAt(pressed) && !isInField(event.target)) onOpen();
    },
    onContextMenu: (event: MouseEvent) => {
      const cell = cellAt(event.target);
      if (!cell || isInField(event.target)) return;
      event.preventDefault();
      grid.select(rangeOf(cell), false);
      onMenu({ x: event.clientX, y: event.clientY });
    },
  };
  return {
    handlers,
    filled,
    /** Tab: to the next cell, or the previous one; false where there is none. */
    step: (by: 1 | -1) => {
      const next = grid.cursor && stepped(grid.cursor, by, order, columns);
      if (next) grid.goTo(next);
      return next !== null;
    },
  };
}
