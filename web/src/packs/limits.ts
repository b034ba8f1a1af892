/** What a pack takes, said before one asks for more. */
import { formatBytes, formatCount } from "../lib/format";

/** Files of a pack; the service has the last word. */
export const MOST_FILES = 1024;

/** Why so many files, or bytes, are too many for a pack, and what would fit; null where they do. */
export function overfull(files: number, bytes = 0, most = Infinity): string | null {
  if (files > MOST_FILES) {
    return `A pack holds up to ${formatCount(MOST_FILES)} files. These are ${formatCount(files)}; take out ${formatCount(files - MOST_FILES)}, or make two packs.`;
  }
  if (bytes > most) {
    return `A pack holds up to ${formatBytes(most)}. These files are ${formatBytes(bytes)}; take out ${formatBytes(bytes - most)}, or make two packs.`;
  }
  return null;
}
