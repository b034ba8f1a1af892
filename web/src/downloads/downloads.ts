/** What a download is at a moment, from what the service has told of it. */
import type { Bdr } from "../api/schema";
import { secondsLeft } from "../lib/clock";

export function isUnfinished(bdr: Bdr): boolean {
  return bdr.status === "pending" || bdr.status === "processing";
}

/** A link is dead the second it expires, whether or not anybody has told us. */
export function effectiveStatus(bdr: Bdr, now: number): Bdr["status"] {
  return bdr.status === "ready" && bdr.expires_at !== null && Date.parse(bdr.expires_at) <= now
    ? "expired"
    : bdr.status;
}

/** Seconds until the archive is built; null where nobody can know. */
export function timeLeft(bdr: Bdr, now: number): number | null {
  return bdr.status === "processing" ? secondsLeft(bdr.started_at, now, bdr.processed_count, bdr.artwork_count) : null;
}

/** Which downloads this tab has asked for: a small one is ready before the page has heard of it by any other way. */
const requested = new Set<string>();

export function noteRequested(id: string): void {
  requested.add(id);
}

/** Whether this tab waits for the end of a download; only once, so that it is told only once. */
export function takeRequested(id: string): boolean {
  return requested.delete(id);
}
