/** How files are laid out: columns of a grid, and pixel art at whole-number zoom. */

export const GAP = 8;
export const SIZES = { smallest: 96, largest: 384, usual: 176 } as const;

/** As many columns as fit, filling the width: tiles are at least as large as the slider says. */
export function columnsFor(width: number, size: number): { columns: number; tile: number } {
  const columns = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
  return { columns, tile: Math.floor((width - GAP * (columns - 1)) / columns) };
}

/** Where an arrow leads in a grid of so many columns; null for keys that do not move. */
export function targetInGrid(
  key: string,
  index: number,
  count: number,
  columns: number,
  rowsPerScreen: number,
): number | null {
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: columns * rowsPerScreen,
    PageUp: -columns * rowsPerScreen,
  };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const by = steps[key];
  if (by === undefined) return null;
  if (index < 0) return 0;
  const target = index + by;
  // Up from the first row and down from the last stay where they are; down above a short last row ends at its end.
  if (target < 0) return key === "PageUp" ? index % columns : index;
  if (target >= count) {
    const isLastRow = Math.floor(index / columns) === Math.floor((count - 1) / columns);
    return key === "ArrowRight" || isLastRow ? index : count - 1;
  }
  return target;
}

/** The largest whole-number zoom at which a picture fits; below 1 it is shrunk to fit, as photographs are. */
export function wholeZoom(width: number, height: number, boxWidth: number, boxHeight: number): number {
  const fit = Math.min(boxWidth / width, boxHeight / height);
  return fit >= 1 ? Math.floor(fit) : fit;
}

/** Pictures this small are pixel art as far as zooming goes: their pixels stay squares. */
export function isPixelArt(width: number | null, height: number | null): boolean {
  return width !== null && height !== null && Math.max(width, height) <= 512;
}
