import { plural } from "@lingui/core/macro";

import type { Bdr } from "./schema";
import { secondsLeft } from "../platform/clock";

export function isUnfinished(bdr: Bdr): boolean {
  return bdr.status === "pending" || bdr.status === "processing";
}

/** A link is dead the second it expires, whether or not an event has said so. */
export function effectiveStatus(bdr: Bdr, now: number): Bdr["status"] {
  return bdr.status === "ready" && bdr.expires_at !== null && Date.parse(bdr.expires_at) <= now
    ? "expired"
    : bdr.status;
}

/** Estimated seconds until the archive is built; null if unknown. */
export function timeLeft(bdr: Bdr, now: number): number | null {
  return bdr.status === "processing" ? secondsLeft(bdr.started_at, now, bdr.processed_count, bdr.artwork_count) : null;
}

/** "3 artworks", "214 files" */
export function contentsOf({ artwork_count: count, file_count: files, takeout_id: takeout }: Bdr): string {
  return files > 0 || takeout !== null
    ? plural(count, { one: "# file", other: "# files" })
    : plural(count, { one: "# artwork", other: "# artworks" });
}

/** Downloads requested by this tab: a small one may be ready before any other event mentions it. */
const requested = new Set<string>();
/** Those that have ended, as this tab has said: a small one may do so before its request is answered. */
const ended = new Set<string>();

/** Whether it is news that the download is being prepared. */
export function noteRequested(id: string): boolean {
  if (ended.has(id)) return false;
  requested.add(id);
  return true;
}

/** Whether this tab requested the download; true only once, so that it is announced only once. */
export function takeRequested(id: string): boolean {
  return requested.delete(id);
}

export function noteEnded(id: string): void {
  ended.add(id);
}
