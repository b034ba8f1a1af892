/** What the service says of files before anything is sent, and how it is told in one line. */
import { formatBytes, formatCount, plural } from "../lib/format";
import { chunk, groupBy } from "../lib/lists";
import { joinParts } from "../lib/text";
import type { CheckAnswer, Checked, CheckRequest } from "./schema";
import type { Chosen } from "./chosen";

/** So many files the service takes, or gives, at once. */
export const MOST_AT_ONCE = 512;

type Verdict = Checked["verdict"];

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
  return chunk(asked, MOST_AT_ONCE).map((part) => ({ files: part }));
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
  /** Contents that the library does not have. */
  readonly fresh: number;
  /** Files with the same content as one of those. */
  readonly twice: number;
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
    fresh: sizes.size,
    twice: fresh.length - sizes.size,
    there: count("already_there"),
    trashed: count("in_trash"),
    refused: count("refused"),
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
  };
}

/** "212 new · 20 already in your library · 8 cannot be used" */
export function summary({ fresh, twice, there, trashed, refused }: Tally): string {
  return joinParts([
    plural(fresh, "new", "new"),
    twice > 0 && plural(twice, "the same as another", "the same as others"),
    there > 0 && plural(there, "already in your library", "already in your library"),
    trashed > 0 && plural(trashed, "comes back from the trash", "come back from the trash"),
    refused > 0 && plural(refused, "cannot be used", "cannot be used"),
  ]);
}

/** What the library still takes. */
export type Room = Pick<CheckAnswer["allowance"], "left_bytes" | "left_files">;

/** What stands in the way of sending so much, in a sentence; null: nothing. */
export function refusalOf(
  { fresh, bytes }: Tally,
  { left_bytes: leftBytes, left_files: leftFiles }: Room,
): string | null {
  const emptied = "Emptying its trash makes room.";
  if (bytes > leftBytes) {
    return `These files need ${formatBytes(bytes)}, and the library has room for ${formatBytes(leftBytes)}. ${emptied}`;
  }
  if (fresh > leftFiles) {
    return `These are ${plural(fresh, "new file")}, and the library has room for ${formatCount(leftFiles)}. ${emptied}`;
  }
  return null;
}

/** Too many for one upload, in a sentence; null: they are not. */
export function tooMany(count: number, most: number): string | null {
  if (count <= most) return null;
  return `One upload takes at most ${formatCount(most)} files, and these are ${formatCount(count)}. Choose an inner folder.`;
}

/** What was left out, by why: a sentence that holds for fifty files is said once. The largest group stands first. */
export function byReason<T>(items: readonly T[], reasonOf: (item: T) => string | null) {
  const groups = groupBy(items, (item) => reasonOf(item) ?? "It was left out.");
  return [...groups].map(([reason, of]) => ({ reason, items: of })).sort((a, b) => b.items.length - a.items.length);
}
