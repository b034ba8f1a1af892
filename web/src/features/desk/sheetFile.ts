/** The text of a CSV file that is chosen, or why it has none. */
import { t } from "@lingui/core/macro";

import { formatBytes } from "../../platform/format";

/** More than the service takes at once: it would not fit into a request, nor well into a field. */
export const MOST_BYTES = 1_000_000;

/** Why a file cannot be a sheet, as a sentence. */
export class NoSheetError extends Error {}

/** @throws NoSheetError */
export async function readSheet(file: File): Promise<string> {
  if (file.size === 0) throw new NoSheetError(t`“${file.name}” is empty.`);
  if (file.size > MOST_BYTES)
    throw new NoSheetError(
      t`“${file.name}” has ${formatBytes(file.size)}; a sheet can have ${formatBytes(MOST_BYTES)}. Bring it in parts, each with the heading.`,
    );
  const bytes = new Uint8Array(await file.arrayBuffer().catch(unreadable));
  const text = decoded(bytes);
  if (text === null || text.includes("\0"))
    throw new NoSheetError(
      t`“${file.name}” is not a text that can be read. Save the sheet as “CSV UTF-8” and choose it again.`,
    );
  return text;
}

function unreadable(): never {
  throw new NoSheetError(t`The file cannot be read. Choose it again.`);
}

/** Spreadsheets also write UTF-16, and say so by the first two bytes. */
function decoded(bytes: Uint8Array<ArrayBuffer>): string | null {
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  try {
    return new TextDecoder(isWide ? (first === 0xff ? "utf-16le" : "utf-16be") : "utf-8", { fatal: true }).decode(
      bytes,
    );
  } catch {
    return null;
  }
}
