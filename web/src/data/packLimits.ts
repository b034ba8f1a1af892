/** The limits of a pack, checked before the service is asked. */
import { t } from "@lingui/core/macro";

import { formatBytes, formatCount } from "../platform/format";

/** Files per pack; the service enforces it. */
export const MAX_FILES = 1024;

/** Why this is too much for a pack, and what to remove; null if it fits. */
export function overfull(files: number, bytes = 0, most = Infinity): string | null {
  if (files > MAX_FILES) {
    return t`A pack holds up to ${formatCount(MAX_FILES)} files. These are ${formatCount(files)}; remove ${formatCount(files - MAX_FILES)}, or make two packs.`;
  }
  if (bytes > most) {
    return t`A pack holds up to ${formatBytes(most)}. These files are ${formatBytes(bytes)}; remove ${formatBytes(bytes - most)}, or make two packs.`;
  }
  return null;
}
