/** Events and states in words. */
import { plural, t } from "@lingui/core/macro";

import type { Delivery, EventName, Webhook } from "./schema";
import { formatAgo, formatDuration } from "../../../platform/format";

/** By kind, what happens to it, in the order of the form. */
export const EVENTS: readonly (readonly [kind: string, events: readonly (readonly [EventName, string])[]])[] = [
  [
    t`Posts`,
    [
      ["post.made", t`Post published`],
      ["post.changed", t`Post edited`],
      ["post.licensed", t`Licence changed`],
      ["post.hidden", t`Post hidden`],
      ["post.hidden_by_moderator", t`Post hidden by a moderator`],
      ["post.shown", t`Post shown again`],
      ["post.deleted", t`Post deleted`],
      ["post.restored", t`Post restored`],
      ["post.removed", t`Post removed for good`],
    ],
  ],
  [
    t`Library`,
    [
      ["asset.made", t`File added`],
      ["asset.changed", t`File changed`],
      ["asset.trashed", t`File in the trash`],
      ["asset.restored", t`File restored`],
      ["asset.removed", t`File removed for good`],
      ["smart_folder.made", t`Smart folder made`],
      ["smart_folder.changed", t`Smart folder changed`],
      ["smart_folder.removed", t`Smart folder deleted`],
    ],
  ],
  [
    t`Drafts and series`,
    [
      ["draft.made", t`Draft made`],
      ["draft.changed", t`Draft changed`],
      ["draft.scheduled", t`Draft scheduled`],
      ["draft.published", t`Draft published`],
      ["draft.failed", t`Draft could not be published`],
      ["draft.removed", t`Draft deleted`],
      ["series.made", t`Series made`],
      ["series.changed", t`Series changed`],
      ["series.removed", t`Series deleted`],
    ],
  ],
  [
    t`Packs and links`,
    [
      ["pack.made", t`Pack made`],
      ["pack.changed", t`Pack changed`],
      ["pack.built", t`Pack built`],
      ["pack.removed", t`Pack removed`],
      ["link.made", t`Link made`],
      ["link.changed", t`Link changed`],
      ["link.removed", t`Link withdrawn`],
    ],
  ],
  [
    t`Uploads and tasks`,
    [
      ["upload.made", t`Upload begun`],
      ["upload.changed", t`Upload changed`],
      ["upload.completed", t`Upload complete`],
      ["upload.partial", t`Upload complete in part`],
      ["upload.failed", t`Upload failed`],
      ["upload.removed", t`Upload removed`],
      ["job.made", t`Task begun`],
      ["job.changed", t`Task running`],
      ["job.completed", t`Task done`],
      ["job.failed", t`Task failed`],
      ["job.cancelled", t`Task cancelled`],
      ["job.removed", t`Task removed`],
    ],
  ],
  [
    t`Downloads`,
    [
      ["bdr.made", t`Download requested`],
      ["bdr.changed", t`Download being built`],
      ["bdr.ready", t`Download ready`],
      ["bdr.failed", t`Download failed`],
      ["bdr.expired", t`Download expired`],
      ["bdr.removed", t`Download removed`],
      ["takeout.made", t`Takeout requested`],
      ["takeout.changed", t`Takeout changed`],
      ["takeout.completed", t`Takeout complete`],
      ["takeout.removed", t`Takeout removed`],
    ],
  ],
];

const words: ReadonlyMap<string, string> = new Map(EVENTS.flatMap(([, events]) => events));

export const eventWords = (event: string) => (event === "ping" ? t`Test` : (words.get(event) ?? event));

/** “#101”, or how many. */
export function subjectWords({ event, subjects }: Delivery): string {
  const [only, ...others] = subjects;
  if (only === undefined) return t`sent by you`;
  if (others.length > 0) {
    return event.startsWith("post.")
      ? plural(subjects.length, { one: "# post", other: "# posts" })
      : plural(subjects.length, { one: "# thing", other: "# things" });
  }
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
    return { look: by ? "bad" : "off", first: t`Off`, second: by ?? t`switched off by you` };
  }
  if (since !== null) {
    const wait = next === null ? 0 : (Date.parse(next) - now) / 1000;
    return {
      look: now - Date.parse(since) > HOUR ? "bad" : "wait",
      first: t`${String(waiting)} not delivered`,
      second: wait > 0 ? t`again in ${formatDuration(wait)}` : t`again now`,
    };
  }
  if (webhook.last_tried_at === null) return { look: "off", first: t`Nothing sent yet`, second: "" };
  const took = webhook.last_answer_ms === null ? "" : t`, ${String(webhook.last_answer_ms)} ms`;
  return { look: "good", first: t`Works`, second: t`last ${formatAgo(webhook.last_tried_at, now)}${took}` };
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
  if (attempts === 0) return t`waits`;
  if (status === "sent") return t`${String(code)} fine`;
  return code === null ? (error ?? t`no answer`) : t`${String(code)} refused`;
}

/** What the inspector says first. */
export function verdict(delivery: Delivery, now: number): string {
  const { status, answer_code: code, attempt_count: attempts, next_try_at: next, is_manual: isManual } = delivery;
  if (attempts === 0) return t`It waits to be sent.`;
  const what =
    code === null
      ? t`There was no answer: ${delivery.error_message ?? t`unknown`}.`
      : t`Your server answered ${String(code)}.`;
  if (status === "sent") return what;
  if (isManual) return t`${what} What you send by hand is tried once.`;
  if (status === "failed" || next === null) return t`${what} It was the last attempt.`;
  const wait = Math.max(1, (Date.parse(next) - now) / 1000); // it is about to be sent: "in now" would not be said
  const more = Math.max(0, MAX_ATTEMPTS - attempts - 1);
  if (more === 0) return t`${what} We try once more, in ${formatDuration(wait)}. Nothing is lost.`;
  return t`${what} We try again in ${formatDuration(wait)}, then ${plural(more, { one: "# time", other: "# times" })} more within three days. Nothing is lost.`;
}

/** The body as it was sent. */
export function bodyOf({ event, subjects, at }: Delivery, sqid: string): string {
  const ids = subjects.map((each) => (/^\d+$/.test(each) ? Number(each) : each));
  const data = event === "ping" ? { user_sqid: sqid } : { user_sqid: sqid, ids };
  return JSON.stringify({ type: event, timestamp: at, data }, null, 2);
}
