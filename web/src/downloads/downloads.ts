/** What a download is at a moment, from what the service has told of it. */
import type { Bdr } from "../api/schema";

/** Newest first. */
export function sortedDownloads(items: ReadonlyMap<string, Bdr>): Bdr[] {
  return [...items.values()].sort(
    (a, b) => Date.parse(b.created_at) - Date.parse(a.created_at) || a.id.localeCompare(b.id),
  );
}

export function isUnfinished(bdr: Bdr): boolean {
  return bdr.status === "pending" || bdr.status === "processing";
}

/** A link is dead the second it expires, whether or not anybody has told us. */
export function effectiveStatus(bdr: Bdr, now: number): Bdr["status"] {
  return bdr.status === "ready" && bdr.expires_at !== null && Date.parse(bdr.expires_at) <= now
    ? "expired"
    : bdr.status;
}

/** Seconds until the archive is built, from the pace so far; null before there is a pace to speak of. */
export function secondsLeft(bdr: Bdr, now: number): number | null {
  if (bdr.status !== "processing" || bdr.started_at === null || bdr.processed_count === 0) return null;
  const elapsed = (now - Date.parse(bdr.started_at)) / 1000;
  if (elapsed < 1) return null;
  return (elapsed * (bdr.artwork_count - bdr.processed_count)) / bdr.processed_count;
}
