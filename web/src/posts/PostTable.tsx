import { type KeyboardEvent, type RefObject, useMemo, useRef } from "react";

import type { Change } from "../actions/changes";
import { rowElementId } from "./PostRow";
import type { Selection } from "./selection";
import { ROW_HEIGHT, TableBody, type TableHandle } from "./TableBody";
import { TableHead } from "./TableHead";
import type { PostTableModel } from "./usePostTable";

/** The column that takes the room that is left over: the first of these that is shown. */
const STRETCH = ["description", "title"];

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
  onFirstRow: (index: number) => void;
}

/** All posts in one grid, of which only the rows on the screen are in the page. */
export function PostTable(props: Props) {
  const { model, selection, pending, activeId } = props;
  const { table, rows, order } = model;
  const scroller = useRef<HTMLDivElement>(null);
  const activeIndex = useMemo(() => (activeId === null ? -1 : order.indexOf(activeId)), [activeId, order]);

  const shown = table.getVisibleLeafColumns();
  const stretch = STRETCH.find((id) => shown.some((column) => column.id === id));
  const template = shown
    .map((column) => (column.id === stretch ? `minmax(${column.getSize()}px, 1fr)` : `${column.getSize()}px`))
    .join(" ");

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
      style={{ "--columns": template, "--grid-width": `${table.getTotalSize()}px` }}
      onKeyDown={(event) => {
        const screen = Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT);
        props.onKeyDown(event, Math.max(1, screen - 2));
      }}
    >
      <TableHead table={table} selected={selected} onSelectAll={props.onSelectAll} />
      <TableBody
        model={model}
        scroller={scroller}
        handle={props.handle}
        selection={selection}
        pending={pending}
        activeIndex={activeIndex}
        columnsKey={shown.map((column) => column.id).join(" ")}
        onRowClick={props.onRowClick}
        onDelete={props.onDelete}
        onFirstRow={props.onFirstRow}
      />
    </div>
  );
}
