/** The downloads as the event stream and the list tell them: one truth at a time. */
import type { Bdr } from "../api/schema";

export interface Downloads {
  /** By id; null until anything is known. */
  readonly items: ReadonlyMap<string, Bdr> | null;
  /** Whether the stream has told everything and tells every change: then the list is only a late copy of it. */
  readonly isLive: boolean;
  /** What the stream has told since it was opened, until it says that this was all. */
  readonly snapshot: ReadonlySet<string>;
}

export type DownloadsEvent =
  | { type: "opened" }
  | { type: "connected" }
  | { type: "lost" }
  | { type: "update"; bdr: Bdr }
  | { type: "removed"; id: string }
  | { type: "listed"; items: readonly Bdr[] };

export const unknownDownloads: Downloads = { items: null, isLive: false, snapshot: new Set() };

export function reduceDownloads(state: Downloads, event: DownloadsEvent): Downloads {
  switch (event.type) {
    case "opened":
      return { ...state, isLive: false, snapshot: new Set() };
    case "lost":
      return { ...state, isLive: false };
    case "connected": {
      // What the stream did not tell is gone, or too old to be listed: removed while nobody was listening.
      const items = new Map([...(state.items ?? [])].filter(([id]) => state.snapshot.has(id)));
      return { items, isLive: true, snapshot: new Set() };
    }
    case "update": {
      const items = new Map(state.items).set(event.bdr.id, event.bdr);
      const snapshot = state.isLive ? state.snapshot : new Set(state.snapshot).add(event.bdr.id);
      return { ...state, items, snapshot };
    }
    case "removed": {
      const items = new Map(state.items);
      items.delete(event.id);
      const snapshot = new Set(state.snapshot);
      snapshot.delete(event.id);
      return { ...state, items, snapshot };
    }
    case "listed": {
      // The stream may have overtaken this answer on its way: what it has told stands.
      if (state.isLive) return state;
      const told = [...(state.items ?? [])].filter(([id]) => state.snapshot.has(id));
      return { ...state, items: new Map([...event.items.map((bdr) => [bdr.id, bdr] as const), ...told]) };
    }
  }
}

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
