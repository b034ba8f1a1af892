/** Webhooks and their deliveries for tests. */
import type { Delivery, Webhook } from "../features/settings/webhooks/schema";
import { at, DAY, MINUTE } from "./service";

export const webhookOf = (part: Partial<Webhook> = {}): Webhook => ({
  ...{ id: 4, url: "https://bot.test/hook", events: ["post.made"], is_enabled: true, disabled_at: null },
  ...{ disabled_reason: null, first_failed_at: null, waiting_count: 0, next_try_at: null },
  ...{ last_tried_at: at(-2 * MINUTE), last_answer_code: 200, last_answer_ms: 31, previous_secret_expires_at: null },
  created_at: at(-2 * DAY),
  ...part,
});
export const deliveryOf = (id: number, part: Partial<Delivery> = {}): Delivery => ({
  ...{ id, message_id: `msg_${id}`, event: "post.made", subjects: ["101"], at: at(0), is_manual: false },
  ...{ status: "sent", attempt_count: 1, next_try_at: null, tried_at: at(0), answer_code: 204, answer_body: null },
  ...{ answer_ms: 31, error_message: null, created_at: at(-2 * MINUTE) },
  ...part,
});
