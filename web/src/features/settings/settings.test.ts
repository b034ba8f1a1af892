import { expect, test } from "vitest";

import type { AccessKey, Scope } from "./schema";
import { shown, toggled, wordsOf } from "./scopes";
import { allowedDays, endWords, stateOf, useWords } from "./words";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const DAY = 86_400_000;
const at = (days: number) => new Date(NOW + days * DAY).toISOString();

const key: AccessKey = {
  id: 1,
  name: "Discord bot",
  hint: "pmd_7QdX",
  scopes: ["posts:read"],
  networks: [],
  made_by: "page",
  created_at: at(-30),
  expires_at: at(90),
  first_used_at: null,
  last_used_at: null,
  last_used_from: null,
  uses_today: 0,
  revoked_at: null,
};

test("who may change things may see them, and takes that away with the sight of them", () => {
  const chosen = toggled(["uploads:write"], "packs:write", true);
  expect(chosen).toEqual(["library:read", "uploads:write", "packs:read", "packs:write"]);
  expect(toggled(chosen, "packs:read", false)).toEqual(["library:read", "uploads:write"]);
  expect(toggled(chosen, "library:read", false)).toEqual(["uploads:write", "packs:read", "packs:write"]);
});

test("a list leaves out what goes without saying", () => {
  expect(shown(["posts:read", "library:read", "library:write", "library:delete"])).toEqual([
    "posts:read",
    "library:write",
    "library:delete",
  ]);
});

test("a key that deletes for good lasts for a month at most", () => {
  expect(allowedDays(null, ["posts:read"])).toBeNull();
  expect(allowedDays(null, ["posts:delete"])).toBe(30);
  expect(allowedDays(90, ["packs:delete"])).toBe(30);
  expect(allowedDays(7, ["packs:delete"])).toBe(7);
});

test("keys without an end, that end soon or lie unused are pointed out", () => {
  expect(endWords(key, NOW)).toMatchObject({ second: "in 90 days", isWarning: false });
  expect(endWords({ ...key, expires_at: at(6) }, NOW)).toMatchObject({ isWarning: true });
  expect(endWords({ ...key, expires_at: null }, NOW)).toMatchObject({ first: "no end", isWarning: true });
  expect(useWords(key, NOW)).toEqual({ first: "not yet", second: "", isWarning: false });
  expect(useWords({ ...key, last_used_at: at(-0.01), uses_today: 312 }, NOW).second).toBe("312 times today");
  expect(useWords({ ...key, last_used_at: at(-240) }, NOW)).toMatchObject({
    second: "8 months unused",
    isWarning: true,
  });
});

test("a key ends by its date or by being revoked", () => {
  expect(stateOf(key, NOW)).toBe("valid");
  expect(stateOf({ ...key, expires_at: at(-1) }, NOW)).toBe("expired");
  expect(stateOf({ ...key, expires_at: at(-1), revoked_at: at(-2) }, NOW)).toBe("revoked");
});

test("what a program asks for is shown, known to this page or not", () => {
  const asked = ["posts:read", "money:spend"] as Scope[];
  expect(shown(asked).map((scope) => wordsOf(scope).text)).toEqual([
    "See your posts, their numbers and comments",
    "money:spend",
  ]);
});
