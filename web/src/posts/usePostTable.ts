import { useCallback, useMemo } from "react";
import * as v from "valibot";

import type { Post } from "../api/schema";
import { useStored } from "../lib/stored";
import { type Column, columns, sortPosts, spareColumns } from "./columns";
import { type Filters, filterPosts } from "./filters";
import { setSort, type Sort } from "./view";

const Sizing = v.record(v.string(), v.number());
const Visible = v.record(v.string(), v.boolean());

const MAX_SIZE = 800;
const narrowScreen = "(max-width: 700px)";

function shownAtFirst(): Record<string, boolean> {
  if (!window.matchMedia(narrowScreen).matches) return {};
  return Object.fromEntries(spareColumns.map((id) => [id, false]));
}

/** The table's model: the order of the posts, and the columns as this browser last had them. */
export function usePostTable(posts: readonly Post[], filters: Filters, sort: Sort) {
  const [sizing, setSizing] = useStored("pmd.column-sizes", Sizing, {});
  const [visible, setVisible] = useStored("pmd.columns", Visible, shownAtFirst());
  const sorted = useMemo(() => sortPosts(posts, sort), [posts, sort]);
  // Filtered after it is sorted: what is typed into the filter sorts nothing anew.
  const rows = useMemo(() => filterPosts(posts, sorted, filters), [posts, sorted, filters]);
  const order = useMemo(() => rows.map((post) => post.id), [rows]);

  const shown = useMemo(() => columns.filter((column) => visible[column.id] !== false), [visible]);
  const sizeOf = useCallback((column: Column) => sizing[column.id] ?? column.size, [sizing]);
  const template = useMemo(
    () =>
      shown
        .map((column) => {
          const size = `${sizeOf(column)}px`;
          return column.stretch > 0 && sizing[column.id] === undefined ? `minmax(${size}, ${column.stretch}fr)` : size;
        })
        .join(" "),
    [shown, sizeOf, sizing],
  );
  const width = shown.reduce((sum, column) => sum + sizeOf(column), 0);

  /** Sort by a column; by the same once more, the other way. */
  const sortBy = useCallback(
    (column: Column) => setSort({ id: column.id, desc: sort.id === column.id ? !sort.desc : column.descFirst }),
    [sort],
  );
  /** Null: its own width again. */
  const resize = useCallback(
    (column: Column, size: number | null) =>
      setSizing((sizes) => {
        const others = Object.fromEntries(Object.entries(sizes).filter(([id]) => id !== column.id));
        if (size === null) return others;
        return { ...others, [column.id]: Math.round(Math.max(column.minSize, Math.min(MAX_SIZE, size))) };
      }),
    [setSizing],
  );
  const show = useCallback(
    (column: Column, isShown: boolean) => setVisible((all) => ({ ...all, [column.id]: isShown })),
    [setVisible],
  );
  const reset = useCallback(() => {
    setSizing({});
    setVisible({});
  }, [setSizing, setVisible]);

  return { rows, order, shown, sort, sizeOf, template, width, sortBy, resize, show, reset };
}

export type PostTableModel = ReturnType<typeof usePostTable>;
