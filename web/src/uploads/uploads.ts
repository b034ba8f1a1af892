/** What an upload and its files are, in words. */
import * as v from "valibot";

import type { Line, Upload } from "./schema";

export function isOpen(upload: Upload): boolean {
  return upload.status === "processing";
}

export function settledFiles(upload: Upload): number {
  return upload.successful_files + upload.failed_files;
}

export const outcomeWords: Record<NonNullable<Line["outcome"]>, string> = {
  added: "Added",
  already_there: "Was there already",
  restored: "Back from the trash",
};

/** What one does about a file that was left out: one button each. */
type Remedy = "retry" | "choose" | "room" | "none";

/** Codes of files whose bytes this page can send again as they are. */
const SENT_AGAIN = new Set(["not_sent", "stopped", "hash_mismatch", "lost_bytes"]);

export function remedyFor(code: string | null): Remedy {
  if (code === null) return "none";
  if (SENT_AGAIN.has(code) || code === "look_failed") return "retry";
  if (code.startsWith("allowance") || code === "library_full") return "room";
  return "choose";
}

const amounts = v.record(v.string(), v.object({ count: v.number() }));

/** How many files of a settled upload came to each end, as the service has counted them. */
export function outcomesOf(upload: Upload): Record<NonNullable<Line["outcome"]>, number> {
  const told = v.safeParse(amounts, upload.summary_data?.["outcomes"]);
  const count = (outcome: string) => (told.success ? (told.output[outcome]?.count ?? 0) : 0);
  return { added: count("added"), already_there: count("already_there"), restored: count("restored") };
}
