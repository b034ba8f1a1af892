/** After a reload the browser has lost the files: choosing the folder again matches them by path, size and mtime. */
import type { Chosen } from "./chosen";

/** A file that an upload still waits for. */
export interface Wanted {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  /** The last modification (ms), if known; a file modified since is a different one. */
  readonly mtime: number | null;
  readonly url: string;
}

interface Matched {
  readonly found: ReadonlyMap<string, File>;
  readonly missing: readonly Wanted[];
  /** Chosen files that no upload waits for. */
  readonly others: readonly Chosen[];
}

export function matchChosen(awaited: readonly Wanted[], chosen: readonly Chosen[]): Matched {
  const left = new Set(chosen);
  const found = new Map<string, File>();
  const fits = (want: Wanted, { file }: Chosen) =>
    file.size === want.size && (want.mtime === null || file.lastModified === want.mtime);
  const take = (want: Wanted, candidates: Chosen[]) => {
    const [only] = candidates;
    if (!only || candidates.length > 1) return;
    found.set(want.id, only.file);
    left.delete(only);
  };
  for (const want of awaited)
    take(
      want,
      [...left].filter((one) => one.path === want.path && fits(want, one)),
    );
  // A parent or child of the original folder: the shorter path is a suffix of the longer.
  for (const want of awaited) {
    if (found.has(want.id)) continue;
    take(
      want,
      [...left].filter((one) => isTail(one.path, want.path) && fits(want, one)),
    );
  }
  return { found, missing: awaited.filter(({ id }) => !found.has(id)), others: [...left] };
}

function isTail(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.endsWith(`/${short}`);
}
