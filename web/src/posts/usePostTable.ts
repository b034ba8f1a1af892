import { type Row, useTable } from "@tanstack/react-table";
import { useMemo } from "react";
import * as v from "valibot";

import type { Post } from "../api/schema";
import { useStored } from "../lib/stored";
import { columns, features, spareColumns } from "./columns";

const Sorting = v.array(v.object({ id: v.string(), desc: v.boolean() }));
const Sizing = v.record(v.string(), v.number());
const Visible = v.record(v.string(), v.boolean());

const newestFirst = [{ id: "date", desc: true }];
const narrowScreen = "(max-width: 700px)";

function shownAtFirst(): Record<string, boolean> {
  if (!window.matchMedia(narrowScreen).matches) return {};
  return Object.fromEntries(spareColumns.map((id) => [id, false]));
}

/** The table's model: sorting, and columns as this browser last had them. */
export function usePostTable(posts: Post[]) {
  const [sorting, setSorting] = useStored("pmd.sorting", Sorting, newestFirst);
  const [columnSizing, setColumnSizing] = useStored("pmd.column-sizes", Sizing, {});
  const [columnVisibility, setColumnVisibility] = useStored("pmd.columns", Visible, shownAtFirst());

  const table = useTable({
    features,
    columns,
    data: posts,
    getRowId: (post) => String(post.id),
    state: { sorting, columnSizing, columnVisibility },
    onSortingChange: setSorting,
    onColumnSizingChange: setColumnSizing,
    onColumnVisibilityChange: setColumnVisibility,
    columnResizeMode: "onChange",
    enableSortingRemoval: false,
    defaultColumn: { maxSize: 640 },
  });

  const { rows } = table.getRowModel();
  const order = useMemo(() => rows.map((row) => row.original.id), [rows]);
  return { table, rows, order };
}

export type PostTableModel = ReturnType<typeof usePostTable>;
export type PostTableRow = Row<typeof features, Post>;
