import { describe, expect, it } from "vitest";

import type { Delivery, Webhook } from "./schema";
import { answerWords, bodyOf, eventWords, stateOf, subjectWords, verdict } from "./words";

const NOW = Date.parse("2026-01-02T00:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

describe("a webhook", () => {
  const fine = {
    ...{ is_enabled: true, disabled_reason: null, first_failed_at: null, waiting_count: 0, next_try_at: null },
    ...{ last_tried_at: at(-120), last_answer_ms: 31 },
  };
  it.each([
    [{}, ["good", "Works", "last 2 min ago, 31 ms"]],
    [{ last_answer_ms: null }, ["good", "Works", "last 2 min ago"]],
    [{ last_answer_ms: 0 }, ["good", "Works", "last 2 min ago, 0 ms"]],
    [{ last_tried_at: null }, ["off", "Nothing sent yet", ""]],
    [{ is_enabled: false }, ["off", "Off", "switched off by you"]],
    [{ is_enabled: false, disabled_reason: "no answers" }, ["bad", "Off", "no answers"]],
    [{ first_failed_at: at(-3600), waiting_count: 3 }, ["wait", "3 not delivered", "again now"]],
    [{ first_failed_at: at(-3601), next_try_at: at(90) }, ["bad", "0 not delivered", "again in 1 min 30 s"]],
    [{ first_failed_at: at(-1), next_try_at: at(0) }, ["wait", "0 not delivered", "again now"]],
    [{ first_failed_at: at(-1), next_try_at: at(1) }, ["wait", "0 not delivered", "again in 1 s"]],
  ])("with %j is shown as %j", (part, shown) => {
    const { look, first, second } = stateOf({ ...fine, ...part } as Webhook, NOW);
    expect([look, first, second]).toEqual(shown);
  });
});

describe("a delivery", () => {
  const tried = {
    ...{ event: "post.made", subjects: ["7"], at: at(0), is_manual: false, status: "due", attempt_count: 3 },
    ...{ next_try_at: at(60), answer_code: 500, error_message: null },
  };
  const delivery = (part: object) => ({ ...tried, ...part }) as Delivery;
  const later = "We try again in 1 min, then 6 times more within three days. Nothing is lost.";
  it.each([
    [{ attempt_count: 0 }, "waits", "It waits to be sent."],
    [{ status: "sent", answer_code: 204 }, "204 fine", "Your server answered 204."],
    [{}, "500 refused", `Your server answered 500. ${later}`],
    [{ answer_code: null }, "no answer", `There was no answer: unknown. ${later}`],
    [{ answer_code: null, error_message: "timeout" }, "timeout", `There was no answer: timeout. ${later}`],
    [{ is_manual: true }, "500 refused", "Your server answered 500. What you send by hand is tried once."],
    [{ status: "failed" }, "500 refused", "Your server answered 500. It was the last attempt."],
    [{ next_try_at: null }, "500 refused", "Your server answered 500. It was the last attempt."],
    [
      { attempt_count: 8, next_try_at: at(-5) },
      "500 refused",
      "Your server answered 500. We try again in 1 s, then 1 time more within three days. Nothing is lost.",
    ],
    [{ attempt_count: 10 }, "500 refused", "Your server answered 500. We try once more, in 1 min. Nothing is lost."],
  ])("with %j says %s", (part, answer, said) => {
    expect([answerWords(delivery(part)), verdict(delivery(part), NOW)]).toEqual([answer, said]);
  });

  it.each([
    ["post.made", [], "sent by you"],
    ["post.made", ["7"], "#7"],
    ["bdr.ready", ["0123456789abc"], "01234567"],
    ["post.made", ["7", "8"], "2 posts"],
    ["asset.made", ["7", "8", "9"], "3 things"],
  ])("of %s about %j names %s", (event, subjects, said) => {
    expect(subjectWords(delivery({ event, subjects }))).toBe(said);
  });

  it.each([
    ["ping", [], { user_sqid: "me" }],
    ["post.made", ["7", "8"], { user_sqid: "me", ids: [7, 8] }],
    ["bdr.ready", ["0a"], { user_sqid: "me", ids: ["0a"] }],
  ])("of %s had the body as it is documented", (event, subjects, data) => {
    const body: unknown = JSON.parse(bodyOf(delivery({ event, subjects }), "me"));
    expect(body).toEqual({ type: event, timestamp: at(0), data });
  });
});

it.each([
  ["ping", "Test"],
  ["post.hidden", "Post hidden"],
  ["moon.risen", "moon.risen"],
])("the event %s is called %s", (event, said) => {
  expect(eventWords(event)).toBe(said);
});
