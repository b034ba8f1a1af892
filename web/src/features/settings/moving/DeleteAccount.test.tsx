// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";

import {
  answer,
  at,
  button,
  calls,
  DAY,
  has,
  press,
  refused,
  sent,
  show,
  textOf,
  textsOf,
  type,
} from "../../../testing/service";
import { DeleteAccount } from "./DeleteAccount";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);

const ERASURE = "/api/pmd/erasure";
const due = { is_possible: true, requested_at: at(0), due_at: at(30 * DAY) };
const contents = {
  ...{ post_count: 3, post_bytes: 2000, file_count: 0, file_bytes: 0, pack_count: 0, edition_count: 0 },
  ...{ edition_bytes: 0, draft_count: 0, scheduled_count: 0, series_count: 0, key_count: 0, webhook_count: 0 },
};
beforeEach(() =>
  answer({
    [`GET ${ERASURE}`]: { is_possible: true },
    "GET /api/pmd/takeout/contents": contents,
    [`PUT ${ERASURE}`]: due,
    [`DELETE ${ERASURE}`]: null,
  }),
);

it("says nothing until it is known, and why it is not", async () => {
  answer({ [`GET ${ERASURE}`]: refused("Not now.") });
  await show(<DeleteAccount />);
  expect([has("Not now."), has("The whole account")]).toEqual([true, false]);
  answer({ [`GET ${ERASURE}`]: { is_possible: true } });
  await press("Try again");
  expect([has("Not now."), has("The whole account")]).toEqual([false, true]);
});

it("offers nothing where accounts are the site's", async () => {
  answer({ [`GET ${ERASURE}`]: { is_possible: false } });
  await show(<DeleteAccount />);
  expect([has(/^Your account and your posts are the site’s/), has("Delete account…"), has("Keep my account")]).toEqual([
    true,
    false,
    false,
  ]);
});

it("asks for the name, says what will be gone, and then when", async () => {
  await show(<DeleteAccount />);
  expect(has(/^Posts and the comments below them/)).toBe(true);
  await press("Delete account…");
  const confirm = () => button("Delete it in 30 days", "dialog");
  expect([textsOf("dialog p")[0], confirm().disabled]).toEqual([
    "What will be gone: 3 posts and your settings, 2.0 kB in all.",
    true,
  ]);
  for (const [typed, isOff] of [
    ["pixel", true],
    ["@@pixelsmith", true],
    [" @pixelsmith ", false],
    ["pixelsmith", false],
  ] as const) {
    await type(/^Type/, typed);
    expect([typed, confirm().disabled]).toEqual([typed, isOff]);
  }
  answer({ [`GET ${ERASURE}`]: due });
  await press("Delete it in 30 days", "dialog");
  expect([sent(), document.querySelector("dialog")]).toEqual([[[`PUT ${ERASURE}`, { handle: "pixelsmith" }]], null]);
  expect([textOf("[role=status]"), has("Delete account…"), calls(`GET ${ERASURE}`).length]).toEqual([
    "Everything will be deleted on 2026-04-09.",
    false,
    2,
  ]);
});

it("stays open with the reason where the service refuses", async () => {
  answer({ [`PUT ${ERASURE}`]: refused("No."), "GET /api/pmd/takeout/contents": refused("Unknown.") });
  await show(<DeleteAccount />);
  await press("Delete account…");
  expect(has(/^What will be gone/)).toBe(false);
  await type(/^Type/, "pixelsmith");
  await press("Delete it in 30 days", "dialog");
  expect(textOf("dialog [role=alert]")).toBe("No.");
});

it("can be taken back, once", async () => {
  answer({ [`GET ${ERASURE}`]: due, [`DELETE ${ERASURE}`]: () => new Promise(() => undefined) });
  await show(<DeleteAccount />);
  await press("Keep my account");
  expect([sent(), button("Keep my account").disabled]).toEqual([[[`DELETE ${ERASURE}`]], true]);
});

it("is as before once it is taken back", async () => {
  answer({ [`GET ${ERASURE}`]: due });
  await show(<DeleteAccount />);
  answer({ [`GET ${ERASURE}`]: { is_possible: true } });
  await press("Keep my account");
  expect([has("Delete account…"), has("Keep my account")]).toEqual([true, false]);
});
