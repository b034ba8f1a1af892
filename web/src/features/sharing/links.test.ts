import { expect, test } from "vitest";

import { guessWords, isOpen, linkRequest, linkWords } from "./links";
import type { Link } from "../../data/links/schema";

const NOW = Date.parse("2026-11-01T12:00:00Z");
const LINK: Link = {
  id: 1,
  url: "https://pmd.example/p/dragons-x",
  is_public: false,
  has_password: true,
  expires_at: null,
  withdrawn_at: null,
  view_count: 1,
  download_count: 0,
  created_at: "2026-10-01T12:00:00Z",
  wrong_password_count: 0,
  first_wrong_password_at: null,
};

test("what is public is asked without a password, and an end is counted from now", () => {
  expect(linkRequest({ isPublic: true, password: "left over", days: 7 }, NOW)).toEqual({
    is_public: true,
    password: null,
    expires_at: "2026-11-08T12:00:00.000Z",
  });
  expect(linkRequest({ isPublic: false, password: "sesame", days: null }, NOW)).toEqual({
    is_public: false,
    password: "sesame",
    expires_at: null,
  });
});

test("a link that was withdrawn or has ended is not open", () => {
  expect(isOpen(LINK, NOW)).toBe(true);
  expect(isOpen({ ...LINK, withdrawn_at: LINK.created_at }, NOW)).toBe(false);
  expect(isOpen({ ...LINK, expires_at: "2026-11-01T12:00:00Z" }, NOW)).toBe(false);
});

test("a link says who gets in and how often it was used", () => {
  expect(linkWords(LINK)).toBe("Anyone with the link, password · 1 view, 0 downloads");
  expect(linkWords({ ...LINK, is_public: true, has_password: false })).toBe("Public · 1 view, 0 downloads");
});

test("an owner is told of wrong passwords, and since when", () => {
  expect(guessWords(LINK)).toBeNull();
  const guessed = { ...LINK, wrong_password_count: 12, first_wrong_password_at: "2026-10-30T12:00:00Z" };
  expect(guessWords(guessed)).toBe("12 wrong passwords since 2026-10-30");
});
