/** Grid layout: columns, tile sizes, and what counts as pixel art. */

import { scaled } from "../../platform/textSize";

export const GAP = 10;
/** Height below a tile's picture: name, dimensions and stars. */
export const CAPTION = scaled(48);
/** Heights of a list row and of a folder heading. */
export const ROW = scaled(44);
export const HEAD = scaled(34);
export const SIZES = { smallest: 96, largest: 384, usual: 136, wide: 156 } as const;
/** The list's margin, and the gap between tiles on a phone, which has three columns. */
export const MARGIN = 16;
export const NARROW = { gap: 2, columns: 3, tile: 150, caption: 0 } as const;

/** As many columns as fit, filling the width; tiles are at least as large as the slider says. */
export function columnsFor(width: number, size: number): { columns: number; tile: number } {
  const columns = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
  return { columns, tile: Math.floor((width - GAP * (columns - 1)) / columns) };
}
