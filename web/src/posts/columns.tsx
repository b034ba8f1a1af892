import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  metaHelper,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
} from "@tanstack/react-table";

import { Eye, Heart, type LucideIcon, MessageSquare } from "lucide-react";

import type { Post } from "../api/schema";
import { formatBytes, formatCount, formatDate } from "../lib/format";
import { Thumbnail } from "./Thumbnail";
import { VisibilityBadge } from "./VisibilityBadge";

interface ColumnMeta {
  /** What the header says; the icon columns say it to screen readers and in the list of columns only. */
  label: string;
  isNumeric?: boolean;
  /** Hidden at first on narrow screens. */
  isSpare?: boolean;
  /** Stands in the header for the label. */
  icon?: LucideIcon;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export const features = tableFeatures({
  rowSortingFeature,
  columnSizingFeature,
  columnResizingFeature,
  columnVisibilityFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
  columnMeta: metaHelper<ColumnMeta>(),
});

const helper = createColumnHelper<typeof features, Post>();

/** What is not known sorts last, whichever way. */
function known<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

function text(id: string, label: string, size: number, value: (post: Post) => string | null, spare = false) {
  return helper.accessor((post) => known(value(post)), {
    id,
    size,
    minSize: 72,
    sortFn: (a, b) => collator.compare(value(a.original) ?? "", value(b.original) ?? ""),
    sortUndefined: "last",
    meta: { label, isSpare: spare },
    cell: (context) => context.getValue() ?? <span className="faint">–</span>,
  });
}

function number(
  id: string,
  label: string,
  size: number,
  value: (post: Post) => number | null,
  format: (value: number) => string = formatCount,
  icon?: LucideIcon,
) {
  return helper.accessor((post) => known(value(post)), {
    id,
    size,
    minSize: 44,
    sortFn: "basic",
    sortUndefined: "last",
    sortDescFirst: true,
    meta: { label, isNumeric: true, isSpare: true, ...(icon && { icon }) },
    cell: (context) => {
      const given = context.getValue();
      return given === undefined ? <span className="faint">–</span> : format(given);
    },
  });
}

function visibilityRank(post: Post): number {
  return (post.hidden_by_user ? 1 : 0) + (post.hidden_by_mod ? 2 : 0);
}

/** The columns of section 9 of the contract, in its order; the first and the last are drawn by the row itself. */
export const columns = helper.columns([
  helper.display({ id: "select", size: 38, enableHiding: false, enableResizing: false, meta: { label: "Select" } }),
  helper.accessor(visibilityRank, {
    id: "visibility",
    size: 86,
    minSize: 44,
    sortFn: "basic",
    meta: { label: "Status" },
    cell: (context) => <VisibilityBadge post={context.row.original} />,
  }),
  helper.display({
    id: "thumbnail",
    size: 48,
    enableResizing: false,
    meta: { label: "Artwork" },
    cell: (context) => <Thumbnail post={context.row.original} />,
  }),
  text("title", "Title", 150, (post) => post.title),
  helper.accessor((post) => known(post.description), {
    id: "description",
    size: 110,
    minSize: 72,
    sortFn: (a, b) => collator.compare(a.original.description ?? "", b.original.description ?? ""),
    sortUndefined: "last",
    meta: { label: "Description", isSpare: true },
    cell: ({ row }) => (
      <>
        {row.original.description}{" "}
        {row.original.hashtags.map((tag) => (
          <span key={tag} className="hashtag">
            #{tag}{" "}
          </span>
        ))}
      </>
    ),
  }),
  helper.accessor((post) => Date.parse(post.created_at), {
    id: "date",
    size: 88,
    minSize: 64,
    sortFn: "basic",
    sortDescFirst: true,
    meta: { label: "Date", isSpare: true },
    cell: (context) => formatDate(context.row.original.created_at),
  }),
  number("frames", "Frames", 66, (post) => post.frame_count),
  text("format", "Format", 64, (post) => post.file_format, true),
  number("size", "Size", 66, (post) => post.file_bytes, formatBytes),
  number("width", "Width", 62, (post) => post.width),
  number("height", "Height", 66, (post) => post.height),
  number("reactions", "Reactions", 50, (post) => post.reaction_count, formatCount, Heart),
  number("comments", "Comments", 50, (post) => post.comment_count, formatCount, MessageSquare),
  number("views", "Views", 58, (post) => post.view_count, formatCount, Eye),
  text("license", "Licence", 104, (post) => post.license_identifier, true),
  helper.display({ id: "delete", size: 40, enableHiding: false, enableResizing: false, meta: { label: "Delete" } }),
]);

/** The ids of columns that a narrow screen does without until they are asked for. */
export const spareColumns = columns.filter((column) => column.meta?.isSpare).map((column) => column.id ?? "");
