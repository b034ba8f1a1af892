/** Texts that go into cells: what they change, what has to be made first, and what no cell can take. */
import type { Draft } from "./schema";
import { type ColumnId, type Field, isField, type Names, type Value, valueOf } from "./cells";
import type { CellChange, Step } from "./history";
import { repeats, rowsIn, columnsIn, type Box, sourceRow } from "./range";

export interface CellText {
  readonly id: number;
  readonly field: Field;
  readonly text: string;
  /** What the cell had when it was opened to be written, for what is typed. */
  readonly seen?: Value | undefined;
}

export interface Written {
  readonly step: Step;
  /** Series that are not there yet, and the cells that name them. */
  readonly missing: ReadonlyMap<string, readonly { readonly id: number; readonly before: Value }[]>;
  /** Why some cells stay as they were. */
  readonly faults: readonly string[];
}

type Find = (id: number) => Draft | undefined;

export function writtenTexts(cells: readonly CellText[], draftOf: Find, names: Names): Written {
  const step: CellChange[] = [];
  const missing = new Map<string, { id: number; before: Value }[]>();
  const faults: string[] = [];
  for (const { id, field, text } of cells) {
    const draft = draftOf(id);
    if (!draft) continue;
    const parsed = valueOf(field, text, names);
    const before = draft[field];
    if ("value" in parsed) step.push({ id, field, before, after: parsed.value });
    else if ("fault" in parsed) faults.push(parsed.fault);
    else {
      const same = [...missing.keys()].find((name) => name.toLowerCase() === parsed.series.toLowerCase());
      const name = same ?? parsed.series;
      missing.set(name, [...(missing.get(name) ?? []), { id, before }]);
    }
  }
  return { step, missing, faults };
}

/** The same value in other cells. */
export function copied(
  cells: readonly { readonly id: number; readonly field: Field; readonly after: Value }[],
  draftOf: Find,
): Step {
  return cells.flatMap(({ id, field, after }) => {
    const draft = draftOf(id);
    return draft ? [{ id, field, before: draft[field], after }] : [];
  });
}

/** The block of rows from `top` to `bottom` is filled from those of `source`, again and again. */
export function filledStep(
  source: Box,
  { top, bottom }: { top: number; bottom: number },
  idAt: (row: number) => number | undefined,
  columns: readonly ColumnId[],
  draftOf: Find,
): Step {
  const fields = columns.slice(source.left, source.right + 1).filter(isField);
  const cells: { id: number; field: Field; after: Value }[] = [];
  for (let row = top; row <= bottom; row += 1) {
    const isSource = source.top <= row && row <= source.bottom;
    const id = idAt(row);
    const from = draftOf(idAt(source.top + sourceRow(row, source.top, rowsIn(source))) ?? 0);
    if (isSource || id === undefined || !from) continue;
    for (const field of fields) cells.push({ id, field, after: from[field] });
  }
  return copied(cells, draftOf);
}

/** A pasted block over a range; `left`: how many of its cells have no place. */
export function pastedTexts(
  block: readonly (readonly string[])[],
  range: Box,
  idAt: (row: number) => number | undefined,
  columns: readonly ColumnId[],
): { cells: CellText[]; left: number } {
  const [height, width] = [block.length, block[0]?.length ?? 0];
  const down = repeats(height, rowsIn(range)) * height;
  const across = repeats(width, columnsIn(range)) * width;
  const cells: CellText[] = [];
  let left = 0;
  for (let row = 0; row < down; row += 1) {
    const id = idAt(range.top + row);
    for (let column = 0; column < across; column += 1) {
      const field = columns[range.left + column];
      const text = block[row % height]?.[column % width] ?? "";
      if (id === undefined || field === undefined || !isField(field)) left += 1;
      else cells.push({ id, field, text });
    }
  }
  return { cells, left };
}
