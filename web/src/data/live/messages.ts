/** Messages of the event stream, as tabs exchange them. */

export const KINDS = [
  "bdr",
  "upload",
  "asset",
  "job",
  "pack",
  "takeout",
  "post",
  "posts",
  "webhook",
  "bulk_change",
  "draft",
  "drafts",
  "import",
] as const;
export type LiveKind = (typeof KINDS)[number];

/** `silent`: open, but the service has stopped sending its pings. */
export type Connection = "connecting" | "live" | "silent" | "waiting";

export type Message =
  | { type: "connection"; connection: Connection }
  | { type: "opened" }
  | { type: "connected" }
  | { type: "lost" }
  | { type: "timeout" }
  | { type: "update"; kind: LiveKind; id: string; data: unknown }
  | { type: "removed"; kind: LiveKind; id: string };

/** Events for subscribers of one kind. */
export type LiveEvent =
  | { type: "opened" }
  /** The snapshot since `opened` is complete; changes follow. */
  | { type: "connected" }
  /** No changes arrive until the next `opened`. */
  | { type: "lost" }
  | { type: "update"; id: string; data: unknown }
  | { type: "removed"; id: string };

/** The id in an event's data; data without one, such as counts, is a singleton. */
export function idOf(data: unknown): string {
  const id = typeof data === "object" && data !== null && "id" in data ? data.id : "";
  return typeof id === "string" || typeof id === "number" ? String(id) : "";
}
