/** What the service says of files before anything is sent, and how it is told in one line. */
import { chunksOf } from "../lib/chunks";
import { plural } from "../lib/format";
import type { Checked, CheckRequest } from "./schema";
import type { Chosen } from "./chosen";

const CHECK_CHUNK = 512;

type Verdict = "new" | "already_there" | "in_trash" | "refused";

export interface Looked extends Chosen {
  readonly hash: string | null;
  readonly verdict: Verdict;
  /** Why it cannot be used, in a sentence. */
  readonly reason: string | null;
  /** What this browser cannot read cannot be sent. */
  readonly isReadable: boolean;
}

/** What is asked for: a few hundred files at a time. */
export function checkRequests(files: readonly Chosen[], hashes: readonly (string | null)[]): CheckRequest[] {
  const asked = files.map(({ path, file }, index) => {
    const hash = hashes[index] ?? null;
    return { path, size: file.size, ...(hash === null ? {} : { hash }) };
  });
  return chunksOf(asked, CHECK_CHUNK).map((part) => ({ files: part }));
}

/** The answers, file by file, in the order asked; a file that this browser cannot read is refused here. */
export function looked(
  files: readonly Chosen[],
  hashes: readonly (string | null)[],
  unreadable: ReadonlySet<number>,
  answers: readonly Checked[],
): Looked[] {
  return files.map((chosen, index) => {
    const answer = answers[index];
    const hash = hashes[index] ?? null;
    if (unreadable.has(index) || !answer) {
      const reason = "This browser cannot read the file. Was it moved or deleted?";
      return { ...chosen, hash, verdict: "refused", reason, isReadable: false };
    }
    return { ...chosen, hash, verdict: answer.verdict, reason: answer.message, isReadable: true };
  });
}

interface Tally {
  readonly fresh: number;
  readonly there: number;
  readonly trashed: number;
  readonly refused: number;
  /** Bytes that will be sent. */
  readonly bytes: number;
}

export function tally(files: readonly Looked[]): Tally {
  const count = (verdict: Verdict) => files.filter((file) => file.verdict === verdict).length;
  const fresh = files.filter(({ verdict }) => verdict === "new");
  // The same content twice is sent once; the other follows it.
  const sizes = new Map(fresh.map(({ path, hash, file }) => [hash ?? path, file.size]));
  return {
    fresh: fresh.length,
    there: count("already_there"),
    trashed: count("in_trash"),
    refused: count("refused"),
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
  };
}

/** "212 new · 20 already in your library · 8 cannot be used" */
export function summary({ fresh, there, trashed, refused }: Tally): string {
  return [
    plural(fresh, "new", "new"),
    there > 0 && plural(there, "already in your library", "already in your library"),
    trashed > 0 && plural(trashed, "comes back from the trash", "come back from the trash"),
    refused > 0 && plural(refused, "cannot be used", "cannot be used"),
  ]
    .filter(Boolean)
    .join(" · ");
}
