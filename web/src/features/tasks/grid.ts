/** The cells into which a grid would slice a sheet, computed as the task does: whole cells only. */

export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly margin: number;
  readonly spacing: number;
}

interface Cells {
  readonly count: number;
  /** In the sheet's pixels; limited to what is worth drawing. */
  readonly path: string;
}

const MAX_DRAWN = 4096;

export function cellsOf(sheet: { width: number; height: number }, grid: Grid): Cells {
  const across = starts(sheet.width, grid.width, grid);
  const down = starts(sheet.height, grid.height, grid);
  const drawn: string[] = [];
  for (let at = 0; at < Math.min(across * down, MAX_DRAWN); at += 1) {
    const x = grid.margin + (at % across) * (grid.width + grid.spacing);
    const y = grid.margin + Math.floor(at / across) * (grid.height + grid.spacing);
    drawn.push(`M${x} ${y}h${grid.width}v${grid.height}h-${grid.width}z`);
  }
  return { count: across * down, path: drawn.join("") };
}

/** How many cells of this size fit along a side. */
function starts(side: number, cell: number, { margin, spacing }: Grid): number {
  return Math.max(0, Math.floor((side - 2 * margin - cell) / (cell + spacing)) + 1);
}

/** The grid that the form's values describe; null while one of them is not a number. */
export function gridOf(values: Record<string, unknown>): Grid | null {
  const { width, height, margin, spacing } = values;
  const isWhole = (value: unknown, least: number): value is number => Number.isInteger(value) && Number(value) >= least;
  return isWhole(width, 1) && isWhole(height, 1) && isWhole(margin, 0) && isWhole(spacing, 0)
    ? { width, height, margin, spacing }
    : null;
}
