import { Eye, Heart, type LucideIcon, MessageSquare } from "lucide-react";
import type { ReactNode } from "react";

import type { Post } from "../api/schema";
import { formatBytes, formatCount, formatDate } from "../lib/format";
import { TagList, Text, VisibilityBadge } from "./cells";
import { prepare } from "./prepared";
import { inOrderOf } from "./sorting";
import { PostPicture } from "./PostPicture";

export interface Column {
  id: string;
  /** What the header says; the icon columns say it to screen readers and in the list of columns only. */
  label: string;
  /** CSS pixels. */
  size: number;
  minSize: number;
  /** The share it takes of the room that is left over; 0 keeps to its size. */
  stretch: number;
  isNumeric: boolean;
  /** Hidden at first on narrow screens. */
  isSpare: boolean;
  canHide: boolean;
  canResize: boolean;
  /** Stands in the header for the label. */
  icon: LucideIcon | null;
  /** What it sorts by; undefined sorts last, whichever way. Null: it does not sort. */
  sortBy: ((post: Post) => string | number | undefined) | null;
  /** Begin with the largest. */
  descFirst: boolean;
  render: (post: Post) => ReactNode;
  /** The same as text: in the exported list. */
  text: ((post: Post) => string) | null;
}

const usual: Omit<Column, "id" | "label" | "size" | "render"> = {
  minSize: 44,
  stretch: 0,
  isNumeric: false,
  isSpare: false,
  canHide: true,
  canResize: true,
  icon: null,
  sortBy: null,
  descFirst: false,
  text: null,
};

const dash = <span className="faint">–</span>;

function number(
  id: string,
  label: string,
  size: number,
  value: (post: Post) => number | null,
  format: (value: number) => string = formatCount,
  icon: LucideIcon | null = null,
): Column {
  return {
    ...usual,
    id,
    label,
    size,
    icon,
    isNumeric: true,
    isSpare: true,
    descFirst: true,
    sortBy: (post) => value(post) ?? undefined,
    render: (post) => {
      const known = value(post);
      return known === null ? dash : format(known);
    },
    text: (post) => String(value(post) ?? ""),
  };
}

/** Visible first, then hidden by the artist, then by a moderator. */
function visibilityRank(post: Post): number {
  return (post.hidden_by_user ? 1 : 0) + (post.hidden_by_mod ? 2 : 0);
}

function visibilityText(post: Post): string {
  return ["visible", "hidden", "hidden by moderator", "hidden by both"][visibilityRank(post)] ?? "";
}

/** The columns of section 9 of the contract, in its order; the first and the last are drawn by the row itself. */
export const columns: readonly Column[] = [
  { ...usual, id: "select", label: "Select", size: 40, canHide: false, canResize: false, render: () => null },
  {
    ...usual,
    id: "visibility",
    label: "Status",
    size: 86,
    sortBy: visibilityRank,
    render: (post) => <VisibilityBadge post={post} />,
    text: visibilityText,
  },
  {
    ...usual,
    id: "thumbnail",
    label: "Artwork",
    size: 48,
    canResize: false,
    render: (post) => <PostPicture post={post} box={36} alt="" />,
  },
  {
    ...usual,
    id: "title",
    label: "Title",
    size: 140,
    minSize: 72,
    stretch: 3,
    sortBy: (post) => (post.title ? prepare(post).title : undefined),
    render: (post) => <Text text={post.title} />,
    text: (post) => post.title ?? "",
  },
  {
    ...usual,
    id: "description",
    label: "Description",
    size: 100,
    minSize: 72,
    stretch: 4,
    isSpare: true,
    sortBy: (post) => (post.description ? prepare(post).description : undefined),
    render: (post) => <TagList post={post} />,
    text: (post) => post.description ?? "",
  },
  {
    ...usual,
    id: "date",
    label: "Date",
    size: 92,
    minSize: 64,
    isSpare: true,
    descFirst: true,
    sortBy: (post) => prepare(post).time,
    render: (post) => <time dateTime={post.created_at}>{formatDate(post.created_at)}</time>,
    text: (post) => post.created_at,
  },
  number("frames", "Frames", 64, (post) => post.frame_count),
  {
    ...usual,
    id: "format",
    label: "Format",
    size: 62,
    isSpare: true,
    sortBy: (post) => post.file_format ?? undefined,
    render: (post) => post.file_format ?? dash,
    text: (post) => post.file_format ?? "",
  },
  number("size", "Size", 72, (post) => post.file_bytes, formatBytes),
  number("width", "Width", 62, (post) => post.width),
  number("height", "Height", 66, (post) => post.height),
  number("reactions", "Reactions", 50, (post) => post.reaction_count, formatCount, Heart),
  number("comments", "Comments", 50, (post) => post.comment_count, formatCount, MessageSquare),
  number("views", "Views", 60, (post) => post.view_count, formatCount, Eye),
  {
    ...usual,
    id: "license",
    label: "Licence",
    size: 104,
    isSpare: true,
    sortBy: (post) => post.license_identifier ?? undefined,
    render: (post) => post.license_identifier ?? dash,
    text: (post) => post.license_identifier ?? "",
  },
  { ...usual, id: "delete", label: "Delete", size: 40, canHide: false, canResize: false, render: () => null },
];

/** The ids of columns that a narrow screen does without until they are asked for. */
export const spareColumns = columns.filter((column) => column.isSpare).map((column) => column.id);

/** The posts in the order of a column. */
export function sortPosts(posts: readonly Post[], { id, desc }: { id: string; desc: boolean }): readonly Post[] {
  const keyOf = columns.find((column) => column.id === id)?.sortBy ?? ((post: Post) => prepare(post).time);
  return inOrderOf(posts, id, keyOf, desc);
}
