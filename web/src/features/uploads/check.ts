/** The service's verdict on files before anything is sent, and its one-line summary. */
import { plural, t } from "@lingui/core/macro";

import { formatBytes, formatCount } from "../../platform/format";
import { chunk, groupBy } from "../../platform/lists";
import { joinParts } from "../../platform/text";
import type { CheckAnswer, Checked, CheckRequest } from "./schema";
import type { Chosen } from "./chosen";

/** The service's maximum number of files per request. */
export const MAX_PER_REQUEST = 512;

type Verdict = Checked["verdict"];
/** Another one is a newer service's refusal: no file is left out unsaid. */
const VERDICTS: readonly Verdict[] = ["new", "already_there", "in_trash", "refused"];

export interface CheckedFile extends Chosen {
  readonly hash: string | null;
  readonly verdict: Verdict;
  /** Why it cannot be used. */
  readonly reason: string | null;
  /** Whether this browser can read it. */
  readonly isReadable: boolean;
}

/** The requests, a few hundred files each. */
export function checkRequests(files: readonly Chosen[], hashes: readonly (string | null)[]): CheckRequest[] {
  const asked = files.map(({ path, file }, index) => {
    const hash = hashes[index] ?? null;
    return { path, size_bytes: file.size, ...(hash === null ? {} : { sha256: hash }) };
  });
  return chunk(asked, MAX_PER_REQUEST).map((part) => ({ files: part }));
}

/** The answers per file, in order; files that this browser cannot read are refused here. */
export function checkedFiles(
  files: readonly Chosen[],
  hashes: readonly (string | null)[],
  unreadable: ReadonlySet<number>,
  answers: readonly Checked[],
): CheckedFile[] {
  return files.map((chosen, index) => {
    const answer = answers[index];
    const hash = hashes[index] ?? null;
    if (unreadable.has(index) || !answer) {
      const reason = t`This browser cannot read the file. Was it moved or deleted?`;
      return { ...chosen, hash, verdict: "refused", reason, isReadable: false };
    }
    const isKnown = VERDICTS.includes(answer.verdict);
    const reason = answer.message ?? (isKnown ? null : answer.verdict);
    return { ...chosen, hash, verdict: isKnown ? answer.verdict : "refused", reason, isReadable: true };
  });
}

interface Tally {
  /** Contents that are new to the library. */
  readonly fresh: number;
  /** Duplicates of those within the upload. */
  readonly twice: number;
  readonly there: number;
  readonly trashed: number;
  readonly refused: number;
  /** Bytes that will be sent. */
  readonly bytes: number;
}

export function tally(files: readonly CheckedFile[]): Tally {
  const count = (verdict: Verdict) => files.filter((file) => file.verdict === verdict).length;
  const fresh = files.filter(({ verdict }) => verdict === "new");
  // Equal contents are sent once.
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
    plural(fresh, { one: "# new", other: "# new" }),
    twice > 0 && plural(twice, { one: "# duplicate", other: "# duplicates" }),
    there > 0 && plural(there, { one: "# already in your library", other: "# already in your library" }),
    trashed > 0 && plural(trashed, { one: "# restored from the trash", other: "# restored from the trash" }),
    refused > 0 && plural(refused, { one: "# cannot be used", other: "# cannot be used" }),
  ]);
}

/** The space left in the library. */
export type Room = Pick<CheckAnswer["allowance"], "left_bytes" | "left_files">;

/** Why this much cannot be sent; null if it can. */
export function refusalOf(
  { fresh, bytes }: Tally,
  { left_bytes: leftBytes, left_files: leftFiles }: Room,
): string | null {
  const emptied = t`Emptying the trash frees space.`;
  if (bytes > leftBytes) {
    return t`These files need ${formatBytes(bytes)}, but your library has only ${formatBytes(leftBytes)} left. ${emptied}`;
  }
  if (fresh > leftFiles) {
    return t`These are ${plural(fresh, { one: "# new file", other: "# new files" })}, but your library has room for only ${formatCount(leftFiles)}. ${emptied}`;
  }
  return null;
}

/** Why these are too many for one upload; null if they are not. */
export function tooMany(count: number, most: number): string | null {
  if (count <= most) return null;
  return t`One upload can have up to ${formatCount(most)} files; you chose ${formatCount(count)}. Choose a subfolder.`;
}

/** Left-out files grouped by reason, the largest group first. */
export function byReason<T>(items: readonly T[], reasonOf: (item: T) => string | null) {
  const groups = groupBy(items, (item) => reasonOf(item) ?? t`It was left out.`);
  return [...groups].map(([reason, of]) => ({ reason, items: of })).sort((a, b) => b.items.length - a.items.length);
}
