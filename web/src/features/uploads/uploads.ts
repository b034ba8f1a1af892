/** States and outcomes of uploads and their files, and their display names. */
import { t } from "@lingui/core/macro";
import * as v from "valibot";

import type { Line, Upload } from "./schema";

export function isOpen(upload: Upload): boolean {
  return upload.status === "processing";
}

export function settledFiles(upload: Upload): number {
  return upload.successful_files + upload.failed_files;
}

export const outcomeWords: Record<NonNullable<Line["outcome"]>, string> = {
  added: t`Added`,
  already_there: t`Already in library`,
  restored: t`Restored`,
};

/** The remedy offered for a left-out file: one button each. */
type Remedy = "retry" | "choose" | "room" | "none";
/** The most useful first. */
export const USEFUL: readonly Remedy[] = ["retry", "room", "choose", "none"];

/** Error codes of files that were left out on purpose: there is nothing to do. */
const LEFT_OUT = ["hidden_file", "unfinished_file"];

/** Error codes of files that this page can send again unchanged. */
const SENT_AGAIN = new Set(["not_sent", "stopped", "hash_mismatch", "lost_bytes"]);

export function remedyFor(code: string | null): Remedy {
  if (code === null || LEFT_OUT.includes(code)) return "none";
  if (SENT_AGAIN.has(code) || code === "probe_failed") return "retry";
  if (code.startsWith("allowance") || code === "library_full") return "room";
  return "choose";
}

/** How many of the failed files were left out on purpose. */
export function leftOutOf(upload: Upload): number {
  const parsed = v.safeParse(v.record(v.string(), v.number()), upload.summary_data?.["failures"]);
  return parsed.success ? LEFT_OUT.reduce((sum, code) => sum + (parsed.output[code] ?? 0), 0) : 0;
}

const amounts = v.record(v.string(), v.object({ count: v.number() }));

/** The number of files per outcome, as counted by the service. */
export function outcomesOf(upload: Upload): Record<NonNullable<Line["outcome"]>, number> {
  const parsed = v.safeParse(amounts, upload.summary_data?.["outcomes"]);
  const count = (outcome: string) => (parsed.success ? (parsed.output[outcome]?.count ?? 0) : 0);
  return { added: count("added"), already_there: count("already_there"), restored: count("restored") };
}
