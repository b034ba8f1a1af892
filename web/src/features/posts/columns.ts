import { t } from "@lingui/core/macro";
import { Eye, Heart, type LucideIcon, MessageSquare } from "lucide-react";

export interface Column {
  id: string;
  /** The header; for icon columns only in the columns menu and for screen readers. */
  label: string;
  /** CSS pixels; `wide` applies from `WIDE` on. */
  size: number;
  wide: number;
  minSize: number;
  /** Flex share of the remaining width; 0: fixed. */
  stretch: number;
  isNumeric: boolean;
  canHide: boolean;
  canResize: boolean;
  /** Replaces the label in the header. */
  icon: LucideIcon | null;
  /** The fact that the header sorts by; null: not sortable. */
  sort: string | null;
  /** Shown by default from this page width, CSS pixels. */
  from: number;
}

/** CSS pixels. */
export const WIDE = 1800;

function column(id: string, label: string, size: number, part: Partial<Column> = {}): Column {
  return {
    ...{ id, label, size, wide: size, minSize: 44, stretch: 0, isNumeric: false },
    ...{ canHide: true, canResize: true, icon: null, sort: null, from: 0 },
    ...part,
  };
}

const fixed = { canHide: false, canResize: false };

/** Two lines per row: title and description share 588 px at 1440; size, frames and bytes are one column. */
export const columns: readonly Column[] = [
  column("select", t`Select`, 40, fixed),
  column("thumbnail", t`Artwork`, 52, { canResize: false }),
  column("title", t`Title`, 260, { wide: 380, minSize: 120, stretch: 1, canHide: false, sort: "title" }),
  column("tags", t`Tags`, 168, { wide: 280, minSize: 72, from: 1000 }),
  column("date", t`Date`, 92, { wide: 110, minSize: 80, sort: "date" }),
  column("picture", t`Picture`, 132, { wide: 150, minSize: 100, isNumeric: true, sort: "size" }),
  column("reactions", t`Reactions`, 52, { wide: 70, isNumeric: true, icon: Heart, sort: "reactions", from: 1100 }),
  column("comments", t`Comments`, 46, { wide: 60, isNumeric: true, icon: MessageSquare, sort: "comments", from: 1180 }),
  column("views", t`Views`, 58, { wide: 76, isNumeric: true, icon: Eye, sort: "views", from: 1180 }),
  column("license", t`Licence`, 112, { wide: 140, sort: "license", from: 1280 }),
  column("menu", t`More`, 40, fixed),
];
