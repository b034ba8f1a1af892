/** A column of texts from elsewhere: one line a post, in the order that is shown. */

/** The lines of what is pasted; of a spreadsheet's rows the first cell. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.split("\t")[0]?.trim() ?? "");
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Which post gets which line, from this one on; a line without a post is left over, an empty one changes nothing. */
export function pairsOf(
  order: readonly number[],
  from: number,
  lines: readonly string[],
): [id: number, text: string][] {
  return lines.flatMap((text, index): [number, string][] => {
    const id = order[from + index];
    return id === undefined || text === "" ? [] : [[id, text]];
  });
}
