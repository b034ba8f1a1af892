/** Events and states in words. */
import type { Delivery, EventName, Webhook } from "./schema";
import { formatAgo, formatDuration, plural } from "../../../platform/format";

/** By kind, what happens to it, in the order of the form. */
export const EVENTS: readonly (readonly [kind: string, events: readonly (readonly [EventName, string])[]])[] = [
  [
    "Posts",
    [
      ["post.made", "Post published"],
      ["post.changed", "Post edited"],
      ["post.licensed", "Licence changed"],
      ["post.hidden", "Post hidden"],
      ["post.hidden_by_moderator", "Post hidden by a moderator"],
      ["post.shown", "Post shown again"],
      ["post.deleted", "Post deleted"],
      ["post.restored", "Post restored"],
      ["post.removed", "Post removed for good"],
    ],
  ],
  [
    "Library",
    [
      ["asset.made", "File added"],
      ["asset.changed", "File changed"],
      ["asset.trashed", "File in the trash"],
      ["asset.restored", "File restored"],
      ["asset.removed", "File removed for good"],
      ["smart_folder.made", "Smart folder made"],
      ["smart_folder.changed", "Smart folder changed"],
      ["smart_folder.removed", "Smart folder deleted"],
    ],
  ],
  [
    "Packs and links",
    [
      ["pack.made", "Pack made"],
      ["pack.changed", "Pack changed"],
      ["pack.built", "Pack built"],
      ["pack.removed", "Pack removed"],
      ["link.made", "Link made"],
      ["link.changed", "Link changed"],
      ["link.removed", "Link withdrawn"],
    ],
  ],
  [
    "Uploads and tasks",
    [
      ["upload.made", "Upload begun"],
      ["upload.changed", "Upload changed"],
      ["upload.completed", "Upload complete"],
      ["upload.partial", "Upload complete in part"],
      ["upload.failed", "Upload failed"],
      ["upload.removed", "Upload removed"],
      ["job.made", "Task begun"],
      ["job.changed", "Task running"],
      ["job.completed", "Task done"],
      ["job.failed", "Task failed"],
      ["job.cancelled", "Task cancelled"],
      ["job.removed", "Task removed"],
    ],
  ],
  [
    "Downloads",
    [
      ["bdr.made", "Download requested"],
      ["bdr.changed", "Download being built"],
      ["bdr.ready", "Download ready"],
      ["bdr.failed", "Download failed"],
      ["bdr.expired", "Download expired"],
      ["bdr.removed", "Download removed"],
      ["takeout.made", "Takeout requested"],
      ["takeout.changed", "Takeout changed"],
      ["takeout.completed", "Takeout complete"],
      ["takeout.removed", "Takeout removed"],
    ],
  ],
];

const words: ReadonlyMap<string, string> = new Map(EVENTS.flatMap(([, events]) => events));

export const eventWords = (event: string) => (event === "ping" ? "Test" : (words.get(event) ?? event));

/** “#101”, or how many. */
export function subjectWords({ event, subjects }: Delivery): string {
  const [only, ...others] = subjects;
  if (only === undefined) return "sent by you";
  if (others.length > 0) return plural(subjects.length, event.startsWith("post.") ? "post" : "thing");
  return /^\d+$/.test(only) ? `#${only}` : only.slice(0, 8);
}

export interface State {
  readonly look: "good" | "wait" | "bad" | "off";
  readonly first: string;
  readonly second: string;
}

const HOUR = 3_600_000;

/** A failure may pass: only after an hour it is shown as one. */
export function stateOf(webhook: Webhook, now: number): State {
  const { waiting_count: waiting, next_try_at: next, first_failed_at: since } = webhook;
  if (!webhook.is_enabled) {
    const by = webhook.disabled_reason;
    return { look: by ? "bad" : "off", first: "Off", second: by ?? "switched off by you" };
  }
  if (since !== null) {
    const wait = next === null ? 0 : (Date.parse(next) - now) / 1000;
    return {
      look: now - Date.parse(since) > HOUR ? "bad" : "wait",
      first: `${String(waiting)} not delivered`,
      second: wait > 0 ? `again in ${formatDuration(wait)}` : "again now",
    };
  }
  if (webhook.last_tried_at === null) return { look: "off", first: "Nothing sent yet", second: "" };
  const took = webhook.last_answer_ms === null ? "" : `, ${String(webhook.last_answer_ms)} ms`;
  return { look: "good", first: "Works", second: `last ${formatAgo(webhook.last_tried_at, now)}${took}` };
}

/** How many attempts there are, over three days. */
export const MAX_ATTEMPTS = 10;

/** What came back, in a few words. */
export function answerWords({
  answer_code: code,
  error_message: error,
  status,
  attempt_count: attempts,
}: Delivery): string {
  if (attempts === 0) return "waits";
  if (status === "sent") return `${String(code)} fine`;
  return code === null ? (error ?? "no answer") : `${String(code)} refused`;
}

/** What the inspector says first. */
export function verdict(delivery: Delivery, now: number): string {
  const { status, answer_code: code, attempt_count: attempts, next_try_at: next, is_manual: isManual } = delivery;
  if (attempts === 0) return "It waits to be sent.";
  const what =
    code === null
      ? `There was no answer: ${delivery.error_message ?? "unknown"}.`
      : `Your server answered ${String(code)}.`;
  if (status === "sent") return what;
  if (isManual) return `${what} What you send by hand is tried once.`;
  if (status === "failed" || next === null) return `${what} It was the last attempt.`;
  const wait = Math.max(0, (Date.parse(next) - now) / 1000);
  return `${what} We try again in ${formatDuration(wait)}, then ${plural(Math.max(0, MAX_ATTEMPTS - attempts - 1), "time")} more within three days. Nothing is lost.`;
}

/** The body as it was sent. */
export function bodyOf({ event, subjects, at }: Delivery, sqid: string): string {
  const ids = subjects.map((each) => (/^\d+$/.test(each) ? Number(each) : each));
  const data = event === "ping" ? { user_sqid: sqid } : { user_sqid: sqid, ids };
  return JSON.stringify({ type: event, timestamp: at, data }, null, 2);
}
