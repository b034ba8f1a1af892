import { Eye, Heart, type LucideIcon, MessageSquare } from "lucide-react";

export interface Column {
  id: string;
  /** What the header says; the icon columns say it to screen readers and in the list of columns only. */
  label: string;
  /** CSS pixels; `wide` where there is room for more. */
  size: number;
  wide: number;
  minSize: number;
  /** The share it takes of the room that is left over; 0 keeps to its size. */
  stretch: number;
  isNumeric: boolean;
  canHide: boolean;
  canResize: boolean;
  /** Stands in the header for the label. */
  icon: LucideIcon | null;
  /** The fact that its header sorts by; null: it does not sort. */
  sort: string | null;
  /** Shown by itself on pages as wide as this, CSS pixels. */
  from: number;
}

/** From here on there is room for more. */
export const WIDE = 1800;

function column(id: string, label: string, size: number, part: Partial<Column> = {}): Column {
  return {
    ...{ id, label, size, wide: size, minSize: 44, stretch: 0, isNumeric: false },
    ...{ canHide: true, canResize: true, icon: null, sort: null, from: 0 },
    ...part,
  };
}

const fixed = { canHide: false, canResize: false };

/** Two lines a row: title and description share 588 px at 1440; what is known of the picture is one column. */
export const columns: readonly Column[] = [
  column("select", "Select", 40, fixed),
  column("thumbnail", "Artwork", 52, { canResize: false }),
  column("title", "Title", 260, { wide: 380, minSize: 120, stretch: 1, canHide: false, sort: "title" }),
  column("tags", "Tags", 168, { wide: 280, minSize: 72, from: 1000 }),
  column("date", "Date", 92, { wide: 110, minSize: 80, sort: "date" }),
  column("picture", "Picture", 132, { wide: 150, minSize: 100, isNumeric: true, sort: "size" }),
  column("reactions", "Reactions", 52, { wide: 70, isNumeric: true, icon: Heart, sort: "reactions", from: 1100 }),
  column("comments", "Comments", 46, { wide: 60, isNumeric: true, icon: MessageSquare, sort: "comments", from: 1180 }),
  column("views", "Views", 58, { wide: 76, isNumeric: true, icon: Eye, sort: "views", from: 1180 }),
  column("license", "Licence", 112, { wide: 140, sort: "license", from: 1280 }),
  column("menu", "More", 40, fixed),
];
