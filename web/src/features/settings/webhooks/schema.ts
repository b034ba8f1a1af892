// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** A webhook and how it does. `disabled_reason` says why it was switched off, unless its owner did it. */
export const Webhook = v.object({
  id: whole,
  url: v.string(),
  events: v.array(v.string() as v.GenericSchema<unknown, "asset.changed" | "asset.made" | "asset.removed" | "asset.restored" | "asset.trashed" | "bdr.changed" | "bdr.expired" | "bdr.failed" | "bdr.made" | "bdr.ready" | "bdr.removed" | "draft.changed" | "draft.failed" | "draft.made" | "draft.published" | "draft.removed" | "draft.scheduled" | "job.cancelled" | "job.changed" | "job.completed" | "job.failed" | "job.made" | "job.removed" | "link.changed" | "link.made" | "link.removed" | "pack.built" | "pack.changed" | "pack.made" | "pack.removed" | "post.changed" | "post.deleted" | "post.hidden" | "post.hidden_by_moderator" | "post.licensed" | "post.made" | "post.removed" | "post.restored" | "post.shown" | "series.changed" | "series.made" | "series.removed" | "smart_folder.changed" | "smart_folder.made" | "smart_folder.removed" | "takeout.changed" | "takeout.completed" | "takeout.made" | "takeout.removed" | "upload.changed" | "upload.completed" | "upload.failed" | "upload.made" | "upload.partial" | "upload.removed">),
  is_enabled: v.boolean(),
  disabled_at: v.nullable(time),
  disabled_reason: v.nullable(v.string()),
  first_failed_at: v.nullable(time),
  waiting_count: whole,
  next_try_at: v.nullable(time),
  last_tried_at: v.nullable(time),
  last_answer_code: v.nullable(whole),
  last_answer_ms: v.nullable(whole),
  previous_secret_expires_at: v.nullable(time),
  created_at: time,
});
export type Webhook = v.InferOutput<typeof Webhook>;

/** All of them, the newest first. */
export const WebhookList = v.object({
  items: v.array(Webhook),
});
export type WebhookList = v.InferOutput<typeof WebhookList>;

/** A webhook, and its secret: it is shown this once. */
export const NewSecret = v.object({
  webhook: Webhook,
  secret: v.string(),
});
export type NewSecret = v.InferOutput<typeof NewSecret>;

/** What was sent, or waits to be, and what came back at the last attempt. */
export const Delivery = v.object({
  id: whole,
  message_id: v.string(),
  event: v.string(),
  subjects: v.array(v.string()),
  at: time,
  is_manual: v.boolean(),
  status: v.string() as v.GenericSchema<unknown, "due" | "failed" | "sent">,
  attempt_count: whole,
  next_try_at: v.nullable(time),
  tried_at: v.nullable(time),
  answer_code: v.nullable(whole),
  answer_body: v.nullable(v.string()),
  answer_ms: v.nullable(whole),
  error_message: v.nullable(v.string()),
  created_at: time,
});
export type Delivery = v.InferOutput<typeof Delivery>;

/** One page, newest first; `next_cursor` is null on the last one. */
export const DeliveryPage = v.object({
  items: v.array(Delivery),
  next_cursor: v.nullable(v.string()),
});
export type DeliveryPage = v.InferOutput<typeof DeliveryPage>;

/** The body of POST /api/pmd/webhooks: where to, and what of. */
export type WebhookRequest = Schema<"WebhookRequest">;

/** The body of PATCH /api/pmd/webhooks/{webhook_id}; what is left out stays as it is. */
export type WebhookEdit = Schema<"WebhookEdit">;

export type EventName = WebhookRequest["events"][number];
