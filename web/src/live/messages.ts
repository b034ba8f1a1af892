/** What comes over the one event stream of a browser, and travels from the tab that holds it to the others. */

export const KINDS = ["bdr", "upload", "asset", "job", "pack", "takeout"] as const;
export type LiveKind = (typeof KINDS)[number];

export type Connection = "connecting" | "live" | "waiting";

export type Message =
  | { type: "connection"; connection: Connection }
  | { type: "opened" }
  | { type: "connected" }
  | { type: "lost" }
  | { type: "timeout" }
  | { type: "update"; kind: LiveKind; id: string; data: unknown }
  | { type: "removed"; kind: LiveKind; id: string };

/** What one kind's followers hear of it. */
export type LiveEvent =
  | { type: "opened" }
  /** Everything that is has been told since `opened`, and every change will be. */
  | { type: "connected" }
  /** Nobody tells of changes until `opened` comes again. */
  | { type: "lost" }
  | { type: "update"; id: string; data: unknown }
  | { type: "removed"; id: string };

/** The id in an event's data; what has none, such as counts, is one thing of its kind. */
export function idOf(data: unknown): string {
  const id = typeof data === "object" && data !== null && "id" in data ? data.id : "";
  return typeof id === "string" || typeof id === "number" ? String(id) : "";
}
