// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

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
  isPressed,
  MINUTE,
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
} from "../../testing/service";
import { Keys } from "./Keys";
import type { AccessKey } from "./schema";
import { newKey } from "./secrets";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);

const KEYS = "/api/pmd/keys";
const keyOf = (part: Partial<AccessKey> = {}): AccessKey => ({
  ...{ id: 7, name: "Bot", hint: "pmd_7Qd", scopes: ["posts:read"], networks: [], made_by: "page" },
  ...{ created_at: at(-2 * DAY), expires_at: at(90 * DAY), first_used_at: null, last_used_at: null },
  ...{ last_used_from: null, uses_today: 0, revoked_at: null },
  ...part,
});
const has7 = (part: Partial<AccessKey> = {}) =>
  answer({ [`GET ${KEYS}`]: { items: [keyOf(part)], next_cursor: null } });
beforeEach(() => {
  newKey.set(null);
  answer({ [`GET ${KEYS}`]: { items: [], next_cursor: null } });
});
const cells = () => [...(rows()[0]?.children ?? [])].map((cell) => cell.textContent);

describe("the list of keys", () => {
  it("says that there are none, once that is known", async () => {
    await show(<Keys />);
    expect([has("No keys yet."), statusWords(), document.querySelector(".keys-table")]).toEqual([true, "0 keys", null]);
  });

  it("reads every page", async () => {
    answer({
      [`GET ${KEYS}`]: { items: [keyOf()], next_cursor: "2" },
      [`GET ${KEYS}?cursor=2`]: { items: [keyOf({ id: 8, name: "Build" })], next_cursor: null },
    });
    await show(<Keys />);
    expect(rows().map((row) => row.getAttribute("aria-label"))).toEqual(["Bot", "Build"]);
    expect([statusWords(), has("No keys yet.")]).toEqual(["2 keys", false]);
  });

  it("says why it could not be read, and reads it when asked again", async () => {
    answer({ [`GET ${KEYS}`]: refused("Not now.") });
    await show(<Keys />);
    expect([has("Not now."), statusWords()]).toEqual([true, ""]);
    has7();
    await press("Try again");
    expect([has("Not now."), rows().length]).toEqual([false, 1]);
  });

  it("counts and revokes those that work, and says when the others ended", async () => {
    const ended = keyOf({ id: 8, name: "Old", revoked_at: at(-DAY) });
    answer({ [`GET ${KEYS}`]: { items: [keyOf(), ended], next_cursor: null } });
    await show(<Keys />);
    expect([statusWords(), textsOf("[data-remove]")]).toEqual(["1 key", ["Revoke Bot"]]);
    expect(rows()[1]?.className).toBe("ended");
    expect(rows()[1]?.lastElementChild?.textContent).toMatch(/^revoked 2026-03-09, .*leaves this list on 2026-04-08$/);
  });

  it("says what a key may do, from where, who used it last and when it ends", async () => {
    has7({ networks: ["10.0.0.0/8", "192.0.2.1"], last_used_at: at(-5 * MINUTE), last_used_from: "10.1.1.1" });
    await show(<Keys />);
    expect(cells()).toEqual([
      "Botmade 2026-03-08 · pmd_7Qd…",
      "See postsonly from 10.0.0.0/8, 192.0.2.1",
      "Last used: 5 min ago",
      "Ends: 2026-06-08in 90 days",
      " Revoke Bot",
    ]);
    expect(screen.getByText("5 min ago").title).toBe("from 10.1.1.1");
  });

  it("says nothing of networks or of an address where there are none", async () => {
    has7();
    await show(<Keys />);
    expect(cells().slice(1, 3)).toEqual(["See posts", "Last used: not yet"]);
    expect(screen.getByText("not yet").title).toBe("");
  });

  it("points at what has long been unused", async () => {
    has7({ created_at: at(-200 * DAY) });
    await show(<Keys />);
    expect(screen.getByText("6 months unused").className).toBe("wait");
  });
});

describe("a key without an end", () => {
  it.each([
    [["posts:read"], 90],
    [["posts:delete"], 30],
  ] as const)("that may %j is given %i days by one click", async (scopes, days) => {
    has7({ expires_at: null, scopes: [...scopes] });
    answer({ [`PATCH ${KEYS}/7`]: keyOf() });
    await show(<Keys />);
    has7();
    await press("Give it an end");
    expect(sent()).toEqual([[`PATCH ${KEYS}/7`, { expires_in_days: days }]]);
    expect([toasts(), has("in 90 days")]).toEqual([[`success: “Bot” ends in ${days} days.`], true]);
  });

  it("keeps it where the service refuses, and says why", async () => {
    has7({ expires_at: at(3 * DAY) });
    answer({ [`PATCH ${KEYS}/7`]: refused("Too late.") });
    await show(<Keys />);
    await press("Make it last longer");
    expect(toasts()).toEqual(["error: Too late."]);
  });

  it("is asked for once while the first answer is awaited", async () => {
    has7({ expires_at: null });
    answer({ [`PATCH ${KEYS}/7`]: () => new Promise(() => undefined) });
    await show(<Keys />);
    await press("Give it an end");
    expect(button("Give it an end").disabled).toBe(true);
  });
});

describe("to revoke a key", () => {
  it("asks first, names what it may do, and then takes it out of the list", async () => {
    has7({ scopes: ["library:read", "library:write", "packs:read"] });
    answer({ [`DELETE ${KEYS}/7`]: null });
    await show(<Keys />);
    await press("Revoke Bot");
    expect([textOf("dialog h2"), sent()]).toEqual(["Revoke “Bot”?", []]);
    expect(textOf("dialog p")).toContain("It may change library, download packs; it has not been used yet.");
    answer({ [`GET ${KEYS}`]: { items: [], next_cursor: null } });
    await press("Revoke", "dialog");
    expect(sent()).toEqual([[`DELETE ${KEYS}/7`]]);
    expect([toasts(), document.querySelector("dialog"), has("No keys yet.")]).toEqual([
      ["info: “Bot” no longer works."],
      null,
      true,
    ]);
  });

  it("has the focus on the key beside it then, and above the list where there is none", async () => {
    const other = keyOf({ id: 8, name: "Tool" });
    answer({ [`GET ${KEYS}`]: { items: [keyOf({ id: 7 }), other], next_cursor: null } });
    answer({ [`DELETE ${KEYS}/7`]: null, [`DELETE ${KEYS}/8`]: null });
    await show(<Keys />);
    const focused: unknown[] = [];
    for (const [name, items] of [
      ["Bot", [other]],
      ["Tool", []],
    ] as const) {
      button(`Revoke ${name}`).focus();
      await press(`Revoke ${name}`);
      answer({ [`GET ${KEYS}`]: { items, next_cursor: null } });
      await press("Revoke", "dialog");
      focused.push(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent);
    }
    expect(focused).toEqual(["Tool", "Access keys"]);
  });

  it.each([
    ["10.1.1.1", "it was last used 5 min ago, from 10.1.1.1."],
    [null, "it was last used 5 min ago, from somewhere."],
  ])("tells where it was used last: %s", async (last_used_from, words) => {
    has7({ last_used_at: at(-5 * MINUTE), last_used_from });
    await show(<Keys />);
    await press("Revoke Bot");
    expect(textOf("dialog p")).toContain(words);
  });

  it("stays open with the reason where the service refuses", async () => {
    has7();
    answer({ [`DELETE ${KEYS}/7`]: refused("No.") });
    await show(<Keys />);
    await press("Revoke Bot");
    await press("Revoke", "dialog");
    expect([textOf("dialog [role=alert]"), toasts()]).toEqual(["No.", []]);
  });

  it("is a key on the row that has the focus", async () => {
    answer({ [`GET ${KEYS}`]: { items: [keyOf(), keyOf({ id: 8, name: "Build" })], next_cursor: null } });
    await show(<Keys />);
    for (const key of ["j", "j", "#"]) await hit(key);
    expect(textOf("dialog h2")).toBe("Revoke “Build”?");
  });
});

describe("a new key", () => {
  const made = { key: keyOf(), secret: "pmd_secret" };
  const make = () => press("Make the key");

  it("may see posts and files for 90 days, unless something else is chosen", async () => {
    answer({ [`POST ${KEYS}`]: made });
    await show(<Keys />);
    await type(/^Name/, "Bot");
    await make();
    const body = { name: "Bot", scopes: ["posts:read", "library:read"], expires_in_days: 90, networks: [] };
    expect(sent()).toEqual([[`POST ${KEYS}`, body]]);
    expect(calls(`GET ${KEYS}`)).toHaveLength(2);
  });

  it("has what was chosen, and the form is as at first once it is made", async () => {
    answer({ [`POST ${KEYS}`]: made });
    await show(<Keys />);
    await type(/^Name/, "Bot");
    for (const scope of ["Upload files", "See your library and tasks"]) await tick(scope);
    await press("1 year");
    await type(/^Only from/, " 10.0.0.0/8, 192.0.2.1 ,");
    await make();
    const scopes = ["posts:read", "uploads:read", "uploads:write"];
    const networks = ["10.0.0.0/8", "192.0.2.1"];
    expect(sent()).toEqual([[`POST ${KEYS}`, { name: "Bot", scopes, expires_in_days: 365, networks }]]);
    expect([field(/^Name/).value, field(/^Only from/).value, field("Upload files").checked]).toEqual(["", "", false]);
    expect([field("See your library and tasks").checked, isPressed("90 days")]).toEqual([true, true]);
  });

  it("whose answer comes when its page was left shows its secret to who comes back, until they have it", async () => {
    let finish: (answered: unknown) => void = () => undefined;
    answer({ [`POST ${KEYS}`]: () => new Promise((resolve) => (finish = resolve)) });
    const { again } = await show(<Keys />);
    await type(/^Name/, "Bot");
    await make();
    await again(<p />);
    finish(made);
    await settled();
    expect(toasts()).toEqual(["success: “Bot” is made."]);
    await again(<Keys />);
    expect(has("pmd_secret")).toBe(true);
    await press("I have it");
    await again(<p />);
    await again(<Keys />);
    expect(has("pmd_secret")).toBe(false);
  });

  it("takes nothing of the next one with it that is written while it is made", async () => {
    let finish: (answered: unknown) => void = () => undefined;
    answer({ [`POST ${KEYS}`]: () => new Promise((resolve) => (finish = resolve)) });
    await show(<Keys />);
    await type(/^Name/, "Bot");
    await make();
    await type(/^Name/, "Second");
    finish(made);
    await settled();
    expect([field(/^Name/).value, has("pmd_secret")]).toEqual(["Second", true]);
  });

  it("that deletes ends after 30 days: longer ones cannot be chosen, and that is said", async () => {
    answer({ [`POST ${KEYS}`]: made });
    await show(<Keys />);
    const lengths = ["30 days", "90 days", "1 year", "No end"];
    const state = () => lengths.map((name) => [isPressed(name), button(name).disabled]);
    const said = () => has("A key that deletes for good ends after 30 days at most.");
    expect([state().map(([, isOff]) => isOff), said()]).toEqual([[false, false, false, false], false]);
    await type(/^Name/, "Bot");
    await tick(/^Delete posts/);
    expect([state(), said()]).toEqual([
      [
        [true, false],
        [false, true],
        [false, true],
        [false, true],
      ],
      true,
    ]);
    await make();
    expect(sent()[0]?.[1]).toMatchObject({ expires_in_days: 30 });
  });

  it("without an end has none", async () => {
    answer({ [`POST ${KEYS}`]: made });
    await show(<Keys />);
    await type(/^Name/, "Bot");
    await press("No end");
    await make();
    expect(sent()[0]?.[1]).toMatchObject({ expires_in_days: null });
  });

  it("is not made without a name, nor if it may do nothing", async () => {
    await show(<Keys />);
    await make();
    await type(/^Name/, "  ");
    await make();
    expect(sent()).toEqual([]);
    for (const scope of ["See your posts, their numbers and comments", "See your library and tasks"]) await tick(scope);
    expect(button("Make the key").disabled).toBe(true);
  });

  it("that was refused says why, keeps what was written, and is sent again as the same", async () => {
    answer({ [`POST ${KEYS}`]: refused("You have too many.") });
    await show(<Keys />);
    await type(/^Name/, "Bot");
    await make();
    expect([textOf("form [role=alert]"), field(/^Name/).value]).toEqual(["You have too many.", "Bot"]);
    answer({ [`POST ${KEYS}`]: () => new Promise(() => undefined) });
    await make();
    expect([textOf("form [role=alert]"), button("Making…").disabled]).toEqual([null, true]);
    const [first, second] = headersSent("Idempotency-Key");
    expect([first, Boolean(first)]).toEqual([second, true]);
  });

  it("shows its secret once: by button or key it is copied, and it goes when it is kept", async () => {
    answer({ [`POST ${KEYS}`]: made });
    await show(<Keys />);
    await hit("c", document.body);
    expect(copied).not.toHaveBeenCalled();
    await type(/^Name/, "Bot");
    await make();
    expect([textOf(".fresh p"), textOf(".fresh code"), document.activeElement]).toEqual([
      "“Bot” is made. Copy it now: it is shown only this once.",
      "pmd_secret",
      button("Copy", ".fresh"),
    ]);
    await press("Copy", ".fresh");
    await hit("c", document.body);
    expect([copied.mock.calls, toasts()[0]]).toEqual([[["pmd_secret"], ["pmd_secret"]], "success: Key copied."]);
    await press("I have it");
    expect(document.querySelector(".fresh")).toBeNull();
  });

  it("is begun by a key", async () => {
    await show(<Keys />);
    await hit("n", document.body);
    expect(document.activeElement).toBe(field(/^Name/));
  });

  it("is begun by a key that was hit before the list is there, once it is", async () => {
    let arrive: (page: object) => void = () => undefined;
    answer({ [`GET ${KEYS}`]: () => new Promise((resolve) => (arrive = resolve)) });
    await show(<Keys />);
    await hit("n", document.body);
    expect(document.activeElement).toBe(document.body);
    arrive({ items: [keyOf()], next_cursor: null });
    await settled();
    expect(document.activeElement).toBe(field(/^Name/));
  });
});
