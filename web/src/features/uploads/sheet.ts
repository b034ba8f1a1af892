/** The files of an upload as a sheet of cells, by folder: a cell has its place from the start, so that nothing moves. */
import type { Line } from "./schema";
import type { ItemView } from "./sending";
import { remedyFor } from "./uploads";

/** "same": the library has it already; "redo", "change" and "none": left out, by what helps. */
export type CellState = "wait" | "run" | "look" | "here" | "same" | "redo" | "change" | "none";

export interface Group {
  readonly folder: string;
  readonly lines: readonly Line[];
  /** How many of them need nothing more. */
  readonly settled: number;
}

/** A rising cell has so many steps. */
const STEPS = 8;

export const isSettled = ({ status }: Line) => status === "success" || status === "failed";

export function stateOf(line: Line, item: Pick<ItemView, "state"> | null): CellState {
  if (line.status === "success") return line.outcome === "already_there" ? "same" : "here";
  if (line.status === "failed") {
    const remedy = remedyFor(line.error_code);
    return remedy === "retry" ? "redo" : remedy === "none" ? "none" : "change";
  }
  if (item?.state === "failed") return "redo";
  if (line.status === "processing" || item?.state === "sent" || line.url === null) return "look";
  return item?.state === "sending" || line.received_bytes > 0 ? "run" : "wait";
}

/** How far it has arrived, 0 to 8. */
export function stepOf(line: Line, item: Pick<ItemView, "sentBytes" | "size"> | null): number {
  const sent = Math.max(line.received_bytes, item?.sentBytes ?? 0);
  return line.size_bytes > 0 ? Math.floor((STEPS * Math.min(sent, line.size_bytes)) / line.size_bytes) : 0;
}

/** In the order of the announcement; a folder stands where its first file does. */
export function groupsOf(lines: readonly Line[]): Group[] {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const folder = line.path.slice(0, Math.max(0, line.path.lastIndexOf("/")));
    const group = groups.get(folder);
    if (group) group.push(line);
    else groups.set(folder, [line]);
  }
  return [...groups].map(([folder, members]) => ({
    ...{ folder, lines: members },
    settled: members.filter(isSettled).length,
  }));
}

/** A path or folder without the folder that was chosen: the upload has its name. */
export function within(top: string | null, path: string): string {
  return top !== null && path.startsWith(`${top}/`) ? path.slice(top.length + 1) : path;
}

/** The lines that a page brings, those that are unchanged as the same objects: only what is new is drawn again. */
export function merged(before: readonly Line[], now: readonly Line[]): readonly Line[] {
  const known = new Map(before.map((line) => [line.id, line]));
  const isSame = (a: Line, b: Line) =>
    a.status === b.status &&
    a.asset_id === b.asset_id &&
    a.received_bytes === b.received_bytes &&
    a.error_code === b.error_code &&
    (a.url === null) === (b.url === null);
  return now.map((line) => {
    const old = known.get(line.id);
    return old && isSame(old, line) ? old : line;
  });
}
