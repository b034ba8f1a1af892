/** After a reload the browser no longer holds the files: choosing the folder again finds them by path, size and time. */
import type { Chosen } from "./chosen";

/** A file that an upload still waits for. */
export interface Wanted {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  /** When it was last changed (ms), where that was told; a file that was changed since is another file. */
  readonly mtime: number | null;
  readonly url: string;
}

interface Matched {
  readonly found: ReadonlyMap<string, File>;
  readonly missing: readonly Wanted[];
  /** Chosen files that this upload does not wait for. */
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
  // A folder above or below the one that was chosen first: the shorter path ends the longer one.
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
