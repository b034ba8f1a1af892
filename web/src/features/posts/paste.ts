/** Pasting a column of texts: one line per post, in list order. */
import type { Order } from "../../platform/selection";

/** The pasted lines; of spreadsheet rows the first cell. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.split("\t")[0]?.trim() ?? "");
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Assign lines to posts starting at `from`; surplus and empty lines are skipped. */
export function pairsOf(
  order: Pick<Order, "at">,
  from: number,
  lines: readonly string[],
): [id: number, text: string][] {
  return lines.flatMap((text, index): [number, string][] => {
    const id = order.at(from + index);
    return id === undefined || text === "" ? [] : [[id, text]];
  });
}
