import { useCallback, useMemo } from "react";
import * as v from "valibot";

import { useStored } from "../../platform/stored";
import { useWindowWidth } from "../../ui/useMediaQuery";
import { type Column, columns, WIDE } from "./columns";
import { factOf } from "./facts";
import { setSort, type Sort } from "./view";

const Sizing = v.record(v.string(), v.number());
const Visible = v.record(v.string(), v.boolean());
/** A stable default. */
const none = {};

const MAX_SIZE = 800;

/** The table's columns: as configured in this browser, by default as many as fit. */
export function usePostTable(sort: Sort) {
  const [sizing, setSizing] = useStored<Record<string, number>>("pmd.posts.column-sizes", Sizing, none);
  const [visible, setVisible] = useStored<Record<string, boolean>>("pmd.posts.columns", Visible, none);
  const width = useWindowWidth();

  const shown = useMemo(() => columns.filter((column) => visible[column.id] ?? width >= column.from), [visible, width]);
  const sizeOf = useCallback(
    (column: Column) => sizing[column.id] ?? (width >= WIDE ? column.wide : column.size),
    [sizing, width],
  );
  const template = useMemo(
    () =>
      shown
        .map((column) => {
          const size = `${sizeOf(column) / 16}rem`;
          return column.stretch > 0 && sizing[column.id] === undefined ? `minmax(${size}, ${column.stretch}fr)` : size;
        })
        .join(" "),
    [shown, sizeOf, sizing],
  );

  /** Sort by a column; again to reverse. */
  const sortBy = useCallback(
    (id: string) => {
      const descFirst = factOf(id)?.descFirst ?? false;
      setSort({ id, desc: sort.id === id ? !sort.desc : descFirst });
    },
    [sort],
  );
  /** Null: the default width. */
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
    setSizing(none);
    setVisible(none);
  }, [setSizing, setVisible]);

  const least = shown.reduce((sum, column) => sum + sizeOf(column), 0);
  return useMemo(
    () => ({ shown, sort, sizeOf, template, least, sortBy, resize, show, reset }),
    [shown, sort, sizeOf, template, least, sortBy, resize, show, reset],
  );
}

export type PostTableModel = ReturnType<typeof usePostTable>;
