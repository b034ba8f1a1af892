/** The cursor and the range of the grid, as pure functions. */
import type { Order } from "../../platform/selection";
import type { ColumnId } from "./cells";

export interface Cell {
  readonly id: number;
  readonly column: ColumnId;
}

/** From where a range was begun to the cursor. */
export interface Range {
  readonly anchor: Cell;
  readonly cursor: Cell;
}

/** A range as rows and columns, both ends included. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export const rangeOf = (cell: Cell): Range => ({ anchor: cell, cursor: cell });

/** Null where a row of it is not in the list, or a column is not shown. */
export function boxOf({ anchor, cursor }: Range, order: Order, columns: readonly ColumnId[]): Box | null {
  const rows = [order.indexOf(anchor.id), order.indexOf(cursor.id)];
  const sides = [columns.indexOf(anchor.column), columns.indexOf(cursor.column)];
  if (Math.min(...rows, ...sides) < 0) return null;
  return { top: Math.min(...rows), bottom: Math.max(...rows), left: Math.min(...sides), right: Math.max(...sides) };
}

export const rowsIn = ({ top, bottom }: Box): number => bottom - top + 1;
export const columnsIn = ({ left, right }: Box): number => right - left + 1;

/** The ids of its rows, and the columns it has. */
export function contentsOf(box: Box, order: Order, columns: readonly ColumnId[]) {
  return { ids: order.slice(box.top, box.bottom + 1), columns: columns.slice(box.left, box.right + 1) };
}

const between = (value: number, most: number) => Math.max(0, Math.min(value, most));

/** The cell that a key leads to; null for other keys. `page`: rows a screen. */
export function moved(
  key: string,
  from: Cell,
  order: Order,
  columns: readonly ColumnId[],
  page: number,
  isFar = false,
): Cell | null {
  const row = order.indexOf(from.id);
  const column = columns.indexOf(from.column);
  const [lastRow, lastColumn] = [order.length - 1, columns.length - 1];
  const to: Record<string, readonly [row: number, column: number]> = {
    ArrowDown: [isFar ? lastRow : row + 1, column],
    ArrowUp: [isFar ? 0 : row - 1, column],
    ArrowRight: [row, isFar ? lastColumn : column + 1],
    ArrowLeft: [row, isFar ? 0 : column - 1],
    PageDown: [row + page, column],
    PageUp: [row - page, column],
    Home: [isFar ? 0 : row, 0],
    End: [isFar ? lastRow : row, lastColumn],
  };
  const place = to[key];
  if (!place) return null;
  const id = order.at(between(place[0], lastRow));
  const name = columns[between(place[1], lastColumn)];
  return id === undefined || name === undefined ? null : { id, column: name };
}

/** The next cell, by the row: Tab. Null past the first and the last one. */
export function stepped(from: Cell, step: 1 | -1, order: Order, columns: readonly ColumnId[]): Cell | null {
  const place = order.indexOf(from.id) * columns.length + columns.indexOf(from.column) + step;
  const id = order.at(Math.floor(place / columns.length));
  const column = columns[((place % columns.length) + columns.length) % columns.length];
  return place < 0 || id === undefined || column === undefined ? null : { id, column };
}

/** What a drag of the handle to this row fills: the range and all rows to there, down or up. */
export function filledTo(box: Box, row: number): Box {
  return { ...box, top: Math.min(box.top, row), bottom: Math.max(box.bottom, row) };
}

/** Which row of a block of `rows` a row takes when it is filled: the block again and again, also upwards. */
export function sourceRow(row: number, top: number, rows: number): number {
  return (((row - top) % rows) + rows) % rows;
}

/** How many times a block goes into a range: a range that it divides is filled, else it stands there once. */
export function repeats(block: number, room: number): number {
  return room > block && room % block === 0 ? room / block : 1;
}
