// @vitest-environment happy-dom
import { act, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { LiveEvent } from "../../../data/live/messages";
import {
  answer,
  at,
  button,
  calls,
  copied,
  DAY,
  field,
  has,
  headersSent,
  hit,
  press,
  refused,
  rows,
  sent,
  settled,
  show,
  statusWords,
  textOf,
  textsOf,
  tick,
  toasts,
  type,
} from "../../../testing/service";
import { webhookOf } from "../../../testing/webhooks";
import { newSecret } from "../secrets";
import type { Webhook } from "./schema";
import { Webhooks } from "./Webhooks";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);
const live = vi.hoisted(() => ({
  usePMDSSE: vi.fn<(kind: string, onEvent: (event: LiveEvent, isReplayed: boolean) => void) => void>(),
}));
vi.mock("../../../data/live/live", () => live);

const HOOKS = "/api/pmd/webhooks";
const other = webhookOf({ id: 5, url: "https://second.test/" });
const made = { webhook: webhookOf({ id: 9, url: "https://new.test/" }), secret: "whsec_new" };
const list = (...items: Webhook[]) => answer({ [`GET ${HOOKS}`]: { items } });
beforeEach(() => {
  newSecret.set(null);
  list(webhookOf());
  for (const id of [4, 5, 9]) answer({ [`GET ${HOOKS}/${id}/deliveries`]: { items: [], next_cursor: null } });
});

describe("a secret whose answer comes when its page was left", () => {
  it("waits for who comes back, until they have it", async () => {
    let finish: (answered: unknown) => void = () => undefined;
    answer({ [`POST ${HOOKS}/4/secret`]: () => new Promise((resolve) => (finish = resolve)) });
    const { again } = await show(<Webhooks />);
    await press("Change");
    await again(<p />);
    finish(made);
    await settled();
    expect(toasts()).toEqual(["success: The secret of https://new.test/ is made."]);
    await again(<Webhooks />);
    expect(has("whsec_new")).toBe(true);
    await press("I have it");
    expect(has("whsec_new")).toBe(false);
  });
});

describe("the list of webhooks", () => {
  it("says that there are none, and takes the whole width", async () => {
    list();
    await show(<Webhooks />);
    expect([has("No webhooks yet."), statusWords(), document.querySelector(".alone, aside") !== null]).toEqual([
      true,
      "0 webhooks",
      true,
    ]);
    expect(document.querySelector(".webhooks-table")).toBeNull();
  });

  it("says where each leads, since when, what it is told of and how it does", async () => {
    list(webhookOf(), webhookOf({ id: 5, url: "https://second.test/", is_enabled: false }));
    await show(<Webhooks />);
    expect(rows().map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
      ["https://bot.test/hooksince 2026-03-08, signed", "Post published", " Workslast 2 min ago, 31 ms"],
      ["https://second.test/since 2026-03-08, signed", "Post published", " Offswitched off by you"],
    ]);
    expect([statusWords(), textsOf(".webhook-state span.muted"), document.querySelector(".alone")]).toEqual([
      "2 webhooks",
      ["Off"],
      null,
    ]);
  });

  it.each([
    [["post.made", "post.hidden", "pack.built"], ["Post published", "Post hidden", "Pack built"], undefined],
    [
      ["post.made", "post.hidden", "pack.built", "job.failed", "bdr.ready"],
      ["Post published", "Post hidden", "Pack built", "and 2 more"],
      "Task failed, Download ready",
    ],
  ] as const)("names three of %j, and the others by their number", async (events, chips, others) => {
    list(webhookOf({ events: [...events] }));
    await show(<Webhooks />);
    expect([textsOf(".chip"), document.querySelector<HTMLElement>(".chip[title]")?.title]).toEqual([chips, others]);
  });

  it("says why it could not be read, and reads it when asked again", async () => {
    answer({ [`GET ${HOOKS}`]: refused("Not now.") });
    await show(<Webhooks />);
    expect([has("Not now."), statusWords()]).toEqual([true, ""]);
    list(webhookOf());
    await press("Try again");
    expect([has("Not now."), rows().length]).toEqual([false, 1]);
  });

  it("shows the deliveries of the one that is chosen, at first of the first", async () => {
    list(webhookOf(), other);
    await show(<Webhooks />);
    const current = () => rows().map((row) => row.getAttribute("aria-current"));
    expect([current(), textOf("#deliveries-title small"), calls(`GET ${HOOKS}/`)]).toEqual([
      ["true", null],
      "to bot.test",
      [`GET ${HOOKS}/4/deliveries`],
    ]);
    await press("https://second.test/");
    expect([current(), textOf("#deliveries-title small")]).toEqual([[null, "true"], "to second.test"]);
    expect(calls(`GET ${HOOKS}/5`)).toHaveLength(1);
  });

  it("keeps the one in front, and its open dialog, when another program makes one", async () => {
    await show(<Webhooks />);
    await press("Edit…");
    await type("Address of your server", "https://typed.test/");
    list(other, webhookOf());
    act(() => live.usePMDSSE.mock.lastCall?.[1]({ type: "update", id: "5", data: {} }, false));
    await settled();
    expect([rows().length, textOf("#deliveries-title small"), field("Address of your server").value]).toEqual([
      2,
      "to bot.test",
      "https://typed.test/",
    ]);
  });

  it.each([
    ["update", false, [2, 2]],
    ["connected", false, [2, 2]],
    ["removed", false, [2, 1]],
    ["lost", false, [1, 1]],
    ["update", true, [1, 1]],
  ])("is read again when the stream tells of an attempt: %s, replayed %s", async (kind, isReplayed, times) => {
    await show(<Webhooks />);
    const [name, onEvent] = live.usePMDSSE.mock.lastCall ?? [];
    act(() => onEvent?.({ type: kind, id: "4", data: {} } as LiveEvent, isReplayed));
    await settled();
    const read = [`GET ${HOOKS}`, `GET ${HOOKS}/4/deliveries`].map((call) =>
      calls(call).filter((each) => each === call),
    );
    expect([name, read.map((each) => each.length)]).toEqual(["webhook", times]);
  });
});

describe("a webhook", () => {
  const boxes = () => screen.getAllByRole<HTMLInputElement>("checkbox").filter(({ checked }) => checked);
  const chosen = () => boxes().map((each) => each.closest("label")?.textContent.trim());

  it("is made by a key or the button, told of what is usual, and its secret is shown once", async () => {
    answer({ [`POST ${HOOKS}`]: made });
    await show(<Webhooks />);
    await hit("n", document.body);
    expect([textOf("dialog h2"), chosen()]).toEqual([
      "New webhook",
      ["Post published", "Post hidden by a moderator", "Pack built"],
    ]);
    await press("Make the webhook", "dialog");
    expect(sent()).toEqual([]);
    await type("Address of your server", "https://new.test/");
    await tick("Pack built");
    await tick("Task failed");
    list(webhookOf(), made.webhook);
    await press("Make the webhook", "dialog");
    const events = ["post.made", "post.hidden_by_moderator", "job.failed"];
    expect(sent()).toEqual([[`POST ${HOOKS}`, { url: "https://new.test/", events }]]);
    expect([headersSent("Idempotency-Key")[0] === null, document.querySelector("dialog")]).toEqual([false, null]);
    expect([textOf(".fresh code"), rows().map((row) => row.ariaCurrent ?? row.getAttribute("aria-current"))]).toEqual([
      "whsec_new",
      [null, "true"],
    ]);
    await press("Copy", ".fresh");
    expect([copied.mock.calls, toasts()]).toEqual([[["whsec_new"]], ["success: Secret copied."]]);
    await press("I have it");
    expect(document.querySelector(".fresh")).toBeNull();
  });

  it("has to be told of something, and is sent again as the same where it was refused", async () => {
    answer({ [`POST ${HOOKS}`]: refused("That address is not allowed.") });
    await show(<Webhooks />);
    await press("New webhook");
    await type("Address of your server", "https://new.test/");
    for (const name of ["Post published", "Post hidden by a moderator", "Pack built"]) await tick(name);
    expect(button("Make the webhook", "dialog").disabled).toBe(true);
    await tick("Pack built");
    await press("Make the webhook", "dialog");
    await press("Make the webhook", "dialog");
    const [first, second] = headersSent("Idempotency-Key");
    expect([textOf("dialog [role=alert]"), first === second, document.querySelector(".fresh")]).toEqual([
      "That address is not allowed.",
      true,
      null,
    ]);
  });

  it("is edited in what was changed, and the list is read again", async () => {
    answer({ [`GET ${HOOKS}/4`]: webhookOf(), [`PATCH ${HOOKS}/4`]: webhookOf() });
    await show(<Webhooks />);
    await press("Edit…");
    expect([textOf("dialog h2"), field("Address of your server").value, chosen()]).toEqual([
      "Edit the webhook",
      "https://bot.test/hook",
      ["Post published"],
    ]);
    await tick("Pack built");
    await press("Save", "dialog");
    expect([sent(), document.querySelector("dialog")]).toEqual([
      [[`PATCH ${HOOKS}/4`, { events: ["post.made", "pack.built"] }]],
      null,
    ]);
    expect(calls(`GET ${HOOKS}`).filter((call) => call === `GET ${HOOKS}`)).toHaveLength(2);
  });

  it("that others have changed meanwhile stays, and theirs is shown", async () => {
    const theirs = webhookOf({ url: "https://theirs.test/", events: ["post.made", "job.failed"] });
    answer({ [`GET ${HOOKS}/4`]: theirs });
    await show(<Webhooks />);
    await press("Edit…");
    await type("Address of your server", "https://mine.test/");
    await tick("Pack built");
    await press("Save", "dialog");
    expect([sent(), textsOf(".theirs .grow")]).toEqual([
      [],
      ["Address of your server: https://theirs.test/", "Told of: Post published, Task failed"],
    ]);
  });

  it.each([
    [true, "Switch off", "button danger quiet"],
    [false, "Switch on", "button primary"],
  ])("that is on: %s, is switched by %s", async (is_enabled, name, look) => {
    list(webhookOf({ is_enabled }));
    answer({ [`GET ${HOOKS}/4`]: webhookOf({ is_enabled }), [`PATCH ${HOOKS}/4`]: webhookOf() });
    await show(<Webhooks />);
    expect(button(name).className).toBe(look);
    list(webhookOf({ is_enabled: !is_enabled }));
    await press(name);
    expect([sent(), has(name)]).toEqual([[[`PATCH ${HOOKS}/4`, { is_enabled: !is_enabled }]], false]);
  });

  it("gets a new secret, and says until when the one before holds", async () => {
    answer({ [`POST ${HOOKS}/4/secret`]: { webhook: webhookOf(), secret: "whsec_2" } });
    await show(<Webhooks />);
    expect(has(/The one before/)).toBe(false);
    list(webhookOf({ previous_secret_expires_at: at(DAY) }));
    await press("Change");
    expect([sent(), textOf(".fresh code"), has("The one before signs as well until 2026-03-11.")]).toEqual([
      [[`POST ${HOOKS}/4/secret`]],
      "whsec_2",
      true,
    ]);
  });

  it("is removed once that is confirmed", async () => {
    answer({ [`DELETE ${HOOKS}/4`]: null });
    await show(<Webhooks />);
    await press("Remove…");
    expect([textOf("dialog h2"), textOf("dialog bdi"), sent()]).toEqual([
      "Remove this webhook?",
      "https://bot.test/hook",
      [],
    ]);
    list();
    await press("Remove", "dialog");
    expect([sent(), toasts(), has("No webhooks yet.")]).toEqual([
      [[`DELETE ${HOOKS}/4`]],
      ["info: The webhook is removed."],
      true,
    ]);
    expect(document.querySelector("dialog")).toBeNull();
  });

  it("is busy with one thing at a time", async () => {
    answer({ [`POST ${HOOKS}/4/secret`]: () => new Promise(() => undefined) });
    await show(<Webhooks />);
    await press("Change");
    expect(["Change", "Switch off"].map((name) => button(name).disabled)).toEqual([true, true]);
  });
});
