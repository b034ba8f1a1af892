// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { LiveEvent } from "../../../data/live/messages";
import {
  answer,
  at,
  button,
  calls,
  copied,
  has,
  hit,
  MINUTE,
  NOW,
  press,
  refused,
  sent,
  settled,
  show,
  textOf,
  textsOf,
  toasts,
} from "../../../testing/service";
import { deliveryOf, webhookOf } from "../../../testing/webhooks";
import type { Delivery, Webhook } from "./schema";
import { Webhooks } from "./Webhooks";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);
const live = vi.hoisted(() => ({ usePMDSSE: vi.fn<(kind: string, onEvent: (event: LiveEvent) => void) => void>() }));
vi.mock("../../../data/live/live", () => live);

const HOOKS = "/api/pmd/webhooks";
const list = (...items: Webhook[]) => answer({ [`GET ${HOOKS}`]: { items } });
const delivered = (...items: Delivery[]) => answer({ [`GET ${HOOKS}/4/deliveries`]: { items, next_cursor: null } });
beforeEach(() => {
  list(webhookOf());
  delivered();
});
const deliveries = () => [...document.querySelectorAll<HTMLElement>(".deliveries-table > li")];
const resends = () => deliveries().map((each) => !each.querySelector<HTMLButtonElement>(".button")?.disabled);

describe("the deliveries", () => {
  const due = { status: "due", attempt_count: 3, answer_code: 500, next_try_at: at(MINUTE) } as const;

  it("say that there are none, once that is known", async () => {
    await show(<Webhooks />);
    expect([has(/^Nothing has happened/), has(/^Send \d/), textOf("aside [role=status]")]).toEqual([true, false, null]);
  });

  it("are read again every half minute, as the webhooks are: what is due waits for no event", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: NOW });
    await show(<Webhooks />);
    const read = () =>
      [HOOKS, `${HOOKS}/4/deliveries`].map((url) => calls().filter((call) => call === `GET ${url}`).length);
    expect(read()).toEqual([1, 1]);
    await act(() => vi.advanceTimersByTimeAsync(MINUTE / 2));
    await settled();
    expect(read()).toEqual([2, 2]);
  });

  it("say why they could not be read, and are read when asked again", async () => {
    answer({ [`GET ${HOOKS}/4/deliveries`]: refused("Not now.") });
    await show(<Webhooks />);
    expect([has("Not now."), has(/^Nothing has happened/)]).toEqual([true, false]);
    delivered(deliveryOf(1));
    await press("Try again");
    expect([has("Not now."), deliveries().length]).toEqual([false, 1]);
  });

  it("say what was sent and what came back, and can be sent again unless they are waiting", async () => {
    delivered(
      deliveryOf(1, { ...due, attempt_count: 0, answer_ms: null, subjects: ["1", "2"] }),
      deliveryOf(2, due),
      deliveryOf(3, { status: "failed", attempt_count: 10, answer_code: null, error_message: "timeout" }),
      deliveryOf(4, { ...due, is_manual: true }),
      deliveryOf(5),
    );
    await show(<Webhooks />);
    expect(deliveries().map((each) => [...each.children].slice(1, 6).map((cell) => cell.textContent.trim()))).toEqual([
      ["Post published", "2 posts", "waits", "", "2 min ago"],
      ["Post published", "#101", "500 refusedtry 3 of 10", "31 ms", "2 min ago"],
      ["Post published", "#101", "timeout", "31 ms", "2 min ago"],
      ["Post published", "#101", "500 refusedtry 3 of 10", "31 ms", "2 min ago"],
      ["Post published", "#101", "204 fine", "31 ms", "2 min ago"],
    ]);
    expect(deliveries().map((each) => [...(each.querySelector("svg")?.classList ?? [])].at(-1))).toEqual([
      "off",
      "bad",
      "bad",
      "bad",
      "good",
    ]);
    expect(resends()).toEqual([false, true, true, false, true]);
  });

  it("that failed, and the one that the queue waits for, are sent again at once, in order", async () => {
    delivered(deliveryOf(1, due), deliveryOf(2, due), deliveryOf(3, { status: "failed" }), deliveryOf(4));
    for (const id of [2, 3]) answer({ [`POST ${HOOKS}/4/deliveries/${id}/resend`]: deliveryOf(id) });
    await show(<Webhooks />);
    await press("Send 2 again");
    expect([sent(), toasts()]).toEqual([
      [[`POST ${HOOKS}/4/deliveries/2/resend`], [`POST ${HOOKS}/4/deliveries/3/resend`]],
      ["info: 2 deliveries are being sent."],
    ]);
    expect(calls(`GET ${HOOKS}/4/deliveries`)).toHaveLength(2);
  });

  it("are sent again one by one, by button or by key, the chosen one", async () => {
    delivered(deliveryOf(1), deliveryOf(2, { event: "pack.built" }));
    for (const id of [1, 2]) answer({ [`POST ${HOOKS}/4/deliveries/${id}/resend`]: deliveryOf(id) });
    await show(<Webhooks />);
    await hit("r", document.body);
    await press("Pack built");
    await hit("r", document.body);
    fireEvent.click(screen.getAllByRole("button", { name: "Send again" })[0] ?? document.body);
    await settled();
    expect(sent().map(([call]) => (call as string).split("/").at(-2))).toEqual(["1", "2", "1"]);
    expect(toasts()[0]).toBe("info: 1 delivery is being sent.");
  });

  it("are none for the key", async () => {
    await show(<Webhooks />);
    await hit("r", document.body);
    expect(sent()).toEqual([]);
  });

  it("are tried by a test, one at a time", async () => {
    delivered(deliveryOf(1, { status: "failed" }));
    answer({ [`POST ${HOOKS}/4/test`]: deliveryOf(2) });
    await show(<Webhooks />);
    await press("Send a test");
    expect([sent(), toasts()]).toEqual([[[`POST ${HOOKS}/4/test`]], ["info: A test is being sent."]]);
    answer({ [`POST ${HOOKS}/4/test`]: () => new Promise(() => undefined) });
    await press("Send a test");
    expect(["Send a test", "Send 1 again", "Send again"].map((name) => button(name).disabled)).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("the details of a delivery", () => {
  const body = (event: string) => ({ type: event, timestamp: at(0), data: { user_sqid: "me", ids: [101] } });
  it("are those of the first, until another one is chosen", async () => {
    delivered(deliveryOf(1), deliveryOf(2, { event: "pack.built" }));
    await show(<Webhooks />);
    const current = () => deliveries().map((each) => each.getAttribute("aria-current"));
    expect([textOf("aside h3"), current()]).toEqual(["Post published", ["true", null]]);
    await press("Pack built");
    expect([textOf("aside h3"), current()]).toEqual(["Pack built", [null, "true"]]);
  });

  it("say what was sent and what came back, and can be copied as a command", async () => {
    delivered(deliveryOf(1, { answer_body: "thanks" }));
    await show(<Webhooks />);
    const json = JSON.stringify(body("post.made"), null, 2);
    expect([textOf("aside [role=status]"), textsOf("aside pre"), textsOf("aside .over").slice(0, 2)]).toEqual([
      "Your server answered 204.",
      [`POST /hook\nwebhook-id: msg_1\n\n${json}`, "204\n\nthanks"],
      ["What we send", "What came back, after 31 ms"],
    ]);
    await press("Copy as curl");
    expect(copied.mock.calls).toEqual([
      [
        `curl -X POST 'https://bot.test/hook' -H 'Content-Type: application/json' -H 'webhook-id: msg_1' ` +
          `-d '${JSON.stringify(body("post.made"))}'`,
      ],
    ]);
    expect(toasts()).toEqual(["success: Copied, without a signature."]);
  });

  it.each([
    ["why there was no answer", { answer_code: null, error_message: "timeout", answer_ms: null }, ["timeout"]],
    ["nothing of an answer before it was tried", { tried_at: null, attempt_count: 0, status: "due" as const }, []],
  ])("say %s", async (_, part, back) => {
    delivered(deliveryOf(1, part));
    await show(<Webhooks />);
    expect(textsOf("aside pre").slice(1)).toEqual(back);
    expect(textsOf("aside .over").includes("What came back")).toBe(back.length > 0);
  });

  it("show an address that is none as it is", async () => {
    list(webhookOf({ url: "no address" }));
    delivered(deliveryOf(1));
    await show(<Webhooks />);
    expect([textOf("#deliveries-title small"), textOf("aside pre")?.split("\n")[0]]).toEqual([
      "to no address",
      "POST no address",
    ]);
  });
});
