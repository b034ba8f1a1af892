import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type RefObject, useEffect, useImperativeHandle } from "react";

import type { Change } from "../actions/changes";
import { PostRow } from "./PostRow";
import type { Selection } from "./selection";
import type { PostTableModel } from "./usePostTable";

export const ROW_HEIGHT = 44;
const HEAD_HEIGHT = 36;

export interface TableHandle {
  scrollTo: (index: number) => void;
}

interface Props {
  model: PostTableModel;
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<TableHandle | null>;
  selection: Selection;
  pending: ReadonlyMap<number, Change>;
  /** The row that the keyboard is at; -1 for none. */
  activeIndex: number;
  /** The ids of the shown columns, in order. */
  columnsKey: string;
  onRowClick: (id: number, isRange: boolean) => void;
  onDelete: (id: number) => void;
  /** The first row that is on the screen. */
  onFirstRow: (index: number) => void;
}

/** The rows on the screen and a few around it; all that scrolling draws anew. */
export function TableBody(props: Props) {
  const { model, scroller, handle, selection, pending, activeIndex, columnsKey, onFirstRow } = props;
  const { rows, order } = model;

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => order[index] ?? index,
    overscan: 8,
    scrollMargin: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    // Drawn with the next frame rather than at once: a fast wheel sends several scroll events a frame.
    useFlushSync: false,
    // The row that the keyboard is at stays in the page, or aria-activedescendant would point at nothing.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (activeIndex >= 0 && !indexes.includes(activeIndex)) indexes.push(activeIndex);
      return indexes.sort((a, b) => a - b);
    },
  });

  useImperativeHandle(handle, () => ({
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: "start" }),
  }));

  useEffect(() => {
    if (activeIndex >= 0) virtualizer.scrollToIndex(activeIndex, { align: "auto" });
  }, [activeIndex, virtualizer]);

  const offset = virtualizer.scrollOffset ?? 0;
  const firstRow = Math.min(Math.max(0, rows.length - 1), Math.round(offset / ROW_HEIGHT));
  useEffect(() => onFirstRow(firstRow), [firstRow, onFirstRow]);

  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]);
    if (!id) return;
    if (target.closest("[data-delete]")) props.onDelete(id);
    else props.onRowClick(id, event.shiftKey);
  };

  return (
    <div
      role="rowgroup"
      className="body"
      style={{ height: `${virtualizer.getTotalSize()}px` }}
      onClick={onClick}
      onMouseDown={(event) => {
        // A range is selected by shift-click; the browser would select text with it.
        if (event.shiftKey) event.preventDefault();
      }}
    >
      {virtualizer.getVirtualItems().map((item) => {
        const row = rows[item.index];
        return (
          row && (
            <PostRow
              key={item.key}
              row={row}
              index={item.index}
              top={item.start - HEAD_HEIGHT}
              isSelected={selection.ids.has(row.original.id)}
              isActive={item.index === activeIndex}
              pending={pending.get(row.original.id)}
              columnsKey={columnsKey}
            />
          )
        );
      })}
    </div>
  );
}
