/** How files are laid out: the columns of a grid, and what counts as pixel art. */

export const GAP = 10;
/** Below a tile's picture: its name, its measure and stars. */
export const CAPTION = 48;
/** A row of the list, and a folder's heading. */
export const ROW = 44;
export const HEAD = 34;
export const SIZES = { smallest: 96, largest: 384, usual: 136, wide: 156 } as const;
/** Beside the list, and between tiles on a phone, which has three of them in a row. */
export const MARGIN = 16;
export const NARROW = { gap: 2, columns: 3, tile: 150, caption: 0 } as const;

/** As many columns as fit, filling the width: tiles are at least as large as the slider says. */
export function columnsFor(width: number, size: number): { columns: number; tile: number } {
  const columns = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
  return { columns, tile: Math.floor((width - GAP * (columns - 1)) / columns) };
}

/** Pictures this small are pixel art as far as zooming goes: their pixels stay squares. */
export function isPixelArt(width: number | null, height: number | null): boolean {
  return width !== null && height !== null && Math.max(width, height) <= 512;
}
