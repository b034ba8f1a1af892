import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
} from "react";

import type { Change } from "../actions/changes";
import { PostRow, rowElementId } from "./PostRow";
import type { Selection } from "./selection";
import { TableHead } from "./TableHead";
import type { PostTableModel } from "./usePostTable";

const ROW_HEIGHT = 44;
const HEAD_HEIGHT = 36;
/** The column that takes the room that is left over. */
const STRETCH = ["description", "title"];

export interface TableHandle {
  scrollTo: (index: number) => void;
  focus: () => void;
}

interface Props {
  model: PostTableModel;
  selection: Selection;
  pending: ReadonlyMap<number, Change>;
  activeId: number | null;
  label: string;
  handle: RefObject<TableHandle | null>;
  onRowClick: (id: number, isRange: boolean) => void;
  onDelete: (id: number) => void;
  onSelectAll: () => void;
  onKeyDown: (event: KeyboardEvent, rowsPerScreen: number) => void;
  /** The first row that is on the screen. */
  onFirstRow: (index: number) => void;
}

/** All posts in one grid, of which only the rows on the screen are in the page. */
export function PostTable(props: Props) {
  const { model, selection, pending, activeId, handle, onFirstRow } = props;
  const { table, rows, order } = model;
  const scroller = useRef<HTMLDivElement>(null);
  const activeIndex = useMemo(() => (activeId === null ? -1 : order.indexOf(activeId)), [activeId, order]);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => order[index] ?? index,
    overscan: 10,
    scrollMargin: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    // The row that the keyboard is at stays in the page, or aria-activedescendant would point at nothing.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (activeIndex >= 0 && !indexes.includes(activeIndex)) indexes.push(activeIndex);
      return indexes.sort((a, b) => a - b);
    },
  });

  useImperativeHandle(handle, () => ({
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: "start" }),
    focus: () => scroller.current?.focus(),
  }));

  useEffect(() => {
    if (activeIndex >= 0) virtualizer.scrollToIndex(activeIndex, { align: "auto" });
  }, [activeIndex, virtualizer]);

  const offset = virtualizer.scrollOffset ?? 0;
  const firstRow = Math.min(Math.max(0, rows.length - 1), Math.round(offset / ROW_HEIGHT));
  useEffect(() => onFirstRow(firstRow), [firstRow, onFirstRow]);

  const shown = table.getVisibleLeafColumns();
  const stretch = STRETCH.find((id) => shown.some((column) => column.id === id));
  const template = shown
    .map((column) => {
      const size = `${String(column.getSize())}px`;
      return column.id === stretch ? `minmax(${size}, 1fr)` : size;
    })
    .join(" ");
  const columnsKey = shown.map((column) => column.id).join(" ");

  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]);
    if (!id) return;
    if (target.closest("[data-delete]")) props.onDelete(id);
    else props.onRowClick(id, event.shiftKey);
  };

  const shownSelected = useMemo(() => order.filter((id) => selection.ids.has(id)).length, [order, selection.ids]);
  const selected = shownSelected === 0 ? "none" : shownSelected === order.length ? "all" : "some";

  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-multiselectable
      aria-rowcount={rows.length + 1}
      aria-colcount={shown.length}
      aria-activedescendant={activeIndex >= 0 && activeId !== null ? rowElementId(activeId) : undefined}
      style={{ "--columns": template, "--grid-width": `${String(table.getTotalSize())}px` }}
      onKeyDown={(event) =>
        props.onKeyDown(event, Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2))
      }
    >
      <TableHead table={table} selected={selected} onSelectAll={props.onSelectAll} />
      {/* Keys are handled by the grid itself. */}
      <div
        role="rowgroup"
        className="body"
        style={{ height: `${String(virtualizer.getTotalSize())}px` }}
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
    </div>
  );
}
