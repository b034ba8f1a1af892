import { t } from "@lingui/core/macro";
import { type ComponentProps, type KeyboardEvent, type RefObject, useCallback, useLayoutEffect, useRef } from "react";

import { type ListHandle, useRows } from "../../commands/list/useRows";
import { isPrintable } from "../../commands/keymap";
import { MEDIA } from "../../platform/media";
import type { Order, Selection } from "../../platform/selection";
import { scaled } from "../../platform/textSize";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { type ColumnId, isText, type Names } from "./cells";
import { cellId, DeskRow, headOf } from "./DeskRow";
import { useDayDrag } from "./dayDrag";
import type { Entry } from "./sheet";
import type { Grid } from "./useGrid";
import { useGridPointer } from "./useGridPointer";

export const ROW = scaled(84);
const HEADS = { usual: scaled(30), tablet: scaled(44) };

/** The signs that are commands, and not the beginning of a text: `=` is also what a formula begins with. */
const COMMANDS = new Set(["=", "?", "s", "w"]);

interface Props {
  label: string;
  box: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  grid: Grid;
  order: Order;
  rows: readonly Entry[];
  names: Names;
  zone: string;
  plan: ReadonlyMap<number, string>;
  columns: readonly ColumnId[];
  isPublished: boolean;
  isReadOnly: boolean;
  selection: Selection;
  /** What a pattern would write into each row. */
  previews: ReadonlyMap<number, string> | null;
  onPick: (id: number, isRange: boolean) => void;
  onAll: () => void;
  onEnd: ComponentProps<typeof DeskRow>["onEnd"];
  onOpen: () => void;
  onAct: (id: number, column: ColumnId, name: string) => void;
  onFill: (top: number, bottom: number) => void;
  onMenu: (at: { x: number; y: number }) => void;
  draggedFrom: (id: number) => readonly number[];
}

/** The drafts as cells: one tab stop, and a cursor that is a cell. Only the rows in sight are there. */
export function DeskGrid(props: Props) {
  const { grid, rows, columns, selection, box, previews } = props;
  const head = useMediaQuery(MEDIA.tablet) ? HEADS.tablet : HEADS.usual;
  const virtual = useRows({
    ...{ scroller: box, handle: props.handle, activeIndex: grid.activeIndex, moves: grid.moves },
    ...{ count: rows.length, heightOf: () => ROW, measure: rows.length, columns: 1, head, overscan: 3 },
    padding: { start: 0, end: scaled(72) },
  });
  const pointer = useGridPointer({ ...props, cursorOf: grid, scroller: box });
  useDayDrag(box, props.isPublished || props.isReadOnly ? null : props.draggedFrom);
  // The same for all rows at all times: a key that moves the cursor draws two of them.
  const onEnd = useRef(props.onEnd);
  useLayoutEffect(() => {
    onEnd.current = props.onEnd;
  });
  const endEdit = useCallback<Props["onEnd"]>((...edit) => onEnd.current(...edit), []);
  const cursor = grid.cursor;
  const range = grid.box;
  const template = columns.map((column) => `var(--desk-${column})`).join(" ");

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget || !cursor) return;
    const isTyped = isPrintable(event) && isText(cursor.column) && !COMMANDS.has(event.key);
    // What is composed begins in the field as well.
    const isComposed = event.key === "Process" || event.key === "Dead";
    if (event.key === "Tab" && !props.isReadOnly) {
      const isLast = event.shiftKey
        ? cursor.column === columns[0] && grid.activeIndex === 0
        : cursor.column === columns.at(-1) && grid.activeIndex === rows.length - 1;
      if (isLast || !pointer.step(event.shiftKey ? -1 : 1)) return;
    } else if (!props.isReadOnly && (isTyped || (isComposed && isText(cursor.column)))) {
      if (event.shiftKey && event.key === " ") return;
      grid.edit(cursor, isTyped ? event.key : "");
      if (isComposed) return;
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="desk-grid"
      role="grid"
      aria-label={props.label}
      aria-multiselectable
      aria-readonly={props.isReadOnly}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={cursor && !grid.editing ? cellId(cursor.id, cursor.column) : undefined}
      tabIndex={0}
      style={{ "--desk-columns": `var(--desk-tick) ${template}` }}
      onKeyDown={onKeyDown}
      {...pointer.handlers}
    >
      <div className="desk-head" role="rowgroup">
        <div role="row" aria-rowindex={1} className="desk-head-row">
          <div role="columnheader" className="desk-cell desk-tick">
            <button
              type="button"
              className="tick-button"
              tabIndex={-1}
              aria-label={t`Select all`}
              aria-pressed={rows.length > 0 && selection.ids.size === rows.length}
              onClick={props.onAll}
            >
              <span className="tick-box" />
            </button>
          </div>
          {columns.map((column) => (
            <div
              key={column}
              role="columnheader"
              className="desk-cell"
              data-on={cursor?.column === column ? "true" : undefined}
            >
              {headOf(column, props.isPublished)}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="desk-body" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const entry = rows[item.index];
          if (!entry) return null;
          const { id } = entry.shown;
          const isIn = range !== null && range.top <= item.index && item.index <= range.bottom;
          return (
            <DeskRow
              key={id}
              entry={entry}
              names={props.names}
              zone={props.zone}
              planned={props.plan.get(id)}
              index={item.index}
              top={item.start - head}
              columns={columns}
              isSelected={selection.ids.has(id)}
              left={isIn ? range.left : -1}
              right={isIn ? range.right : -1}
              editing={grid.editing?.id === id ? grid.editing : null}
              preview={previews?.get(id)}
              previewed={previews && isIn && cursor ? cursor.column : null}
              onEnd={endEdit}
            />
          );
        })}
        {range && (
          <RangeFrame
            range={pointer.filled ?? range}
            handleAt={range}
            isFillable={!props.isReadOnly && !grid.editing}
          />
        )}
      </div>
    </div>
  );
}

/** The frame around the range, and the handle by which it is filled further. */
function RangeFrame({
  range,
  handleAt,
  isFillable,
}: {
  range: NonNullable<Grid["box"]>;
  handleAt: NonNullable<Grid["box"]>;
  isFillable: boolean;
}) {
  const isSame = range === handleAt;
  return (
    <div
      className="desk-range"
      role="presentation"
      style={{ transform: `translateY(${range.top * ROW}px)`, height: (range.bottom - range.top + 1) * ROW }}
    >
      <span style={{ gridColumn: `${range.left + 2} / ${range.right + 3}` }} data-filling={!isSame}>
        {isFillable && <i data-fill />}
      </span>
    </div>
  );
}
