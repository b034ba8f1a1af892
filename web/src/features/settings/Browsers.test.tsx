// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";

import { configure } from "../../testing/config";
import {
  answer,
  at,
  calls,
  DAY,
  has,
  hit,
  MINUTE,
  press,
  refused,
  rows,
  sent,
  show,
  statusWords,
  textOf,
  toasts,
} from "../../testing/service";
import { Browsers } from "./Browsers";
import type { Session } from "./schema";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);

const SESSIONS = "/api/pmd/sessions";
const sessionOf = (part: Partial<Session> = {}): Session => ({
  ...{ id: 1, browser: "Firefox on Linux", is_phone: false, address: "192.0.2.1", is_this: true },
  ...{ created_at: at(-3 * DAY), last_used_at: at(-5 * MINUTE), expires_at: at(DAY) },
  ...part,
});
const phone = sessionOf({ id: 2, browser: "Safari on iOS", is_phone: true, address: "192.0.2.9", is_this: false });
const list = (...items: Session[]) => answer({ [`GET ${SESSIONS}`]: { items, next_cursor: null } });
beforeEach(() => list(phone, sessionOf()));
const cells = () => rows().map((row) => [...row.children].map((each) => each.textContent.trim()).filter(Boolean));

it("lists this browser first, and says where and when each was used", async () => {
  await show(<Browsers />);
  expect(cells()).toEqual([
    [
      "Firefox on Linuxthis browser",
      "Last seen: nowfrom 192.0.2.1",
      "Signed in: 2026-03-07",
      "Sign out Firefox on Linux",
    ],
    ["Safari on iOS", "Last seen: 5 min agofrom 192.0.2.9", "Signed in: 2026-03-07", "Sign out Safari on iOS"],
  ]);
  expect(rows().map((row) => row.querySelector("svg")?.classList.contains("lucide-smartphone"))).toEqual([false, true]);
  expect([statusWords(), document.querySelectorAll(".browsers-table .button.quiet").length]).toEqual(["2 browsers", 1]);
});

it("offers nothing to sign out but itself where it is the only one", async () => {
  list(sessionOf());
  await show(<Browsers />);
  expect([statusWords(), has(/^Sign out the other/)]).toEqual(["1 browser", false]);
});

it("says why they could not be read, and reads them when asked again", async () => {
  answer({ [`GET ${SESSIONS}`]: refused("Not now.") });
  await show(<Browsers />);
  expect([has("Not now."), statusWords(), rows()]).toEqual([true, "", []]);
  list(sessionOf());
  await press("Try again");
  expect([has("Not now."), rows().length]).toEqual([false, 1]);
});

it.each([
  [null, false],
  ["https://pixels.test", true],
])("tells of the site's own sign-in where there is a site: %s", async (site_url, isTold) => {
  configure({ site_url });
  await show(<Browsers />);
  expect(document.querySelector(`a[href="${String(site_url)}"]`) !== null).toBe(isTold);
});

it.each([
  ["Firefox on Linux", 1, "Sign out this browser?", "You have to sign in again to go on."],
  ["Safari on iOS", 2, "Sign out Safari on iOS?", "It has to sign in again to go on, at once."],
])("signs out %s once that is confirmed", async (name, id, title, words) => {
  answer({ [`DELETE ${SESSIONS}/${id}`]: null });
  await show(<Browsers />);
  await press(`Sign out ${name}`);
  expect([textOf("dialog h2"), textOf("dialog p"), sent()]).toEqual([title, words, []]);
  await press("Sign out", "dialog");
  expect([sent(), toasts(), document.querySelector("dialog")]).toEqual([
    [[`DELETE ${SESSIONS}/${id}`]],
    [`info: ${name} is signed out.`],
    null,
  ]);
  expect(calls(`GET ${SESSIONS}`)).toHaveLength(2);
});

it("keeps the question open with the reason where the service refuses", async () => {
  answer({ [`DELETE ${SESSIONS}/2`]: refused("No.") });
  await show(<Browsers />);
  for (const key of ["j", "j", "#"]) await hit(key);
  await press("Sign out", "dialog");
  expect([textOf("dialog h2"), textOf("dialog [role=alert]"), toasts()]).toEqual([
    "Sign out Safari on iOS?",
    "No.",
    [],
  ]);
});

it.each([
  [1, "Sign out 1 other browser?", "info: 1 browser is signed out."],
  [2, "Sign out 2 other browsers?", "info: 2 browsers are signed out."],
])("signs out all %i others at once, and says how many there were", async (count, title, words) => {
  list(sessionOf(), phone, ...(count > 1 ? [{ ...phone, id: 3 }] : []));
  answer({ [`DELETE ${SESSIONS}`]: { count } });
  await show(<Browsers />);
  await press(`Sign out the other ${count}`);
  expect(textOf("dialog h2")).toBe(title);
  await press("Sign out", "dialog");
  expect([sent(), toasts(), document.querySelector("dialog")]).toEqual([[[`DELETE ${SESSIONS}`]], [words], null]);
  expect(calls(`GET ${SESSIONS}`)).toHaveLength(2);
});
