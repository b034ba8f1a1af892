import { expect, it } from "vitest";

import { fold, hasTag, naturalKey, tagKey, withoutDirectionMarks } from "./text";

it("finds a word whatever its case and accents", () => {
  expect(fold("Pokémon ÉTÉ")).toBe("pokemon ete");
  expect(fold("Straße STRAẞE")).toBe("strasse strasse");
});

// The same as of the service (tests/library/test_tags.py).
it.each([
  ["STRAẞE", "strasse"],
  ["straße", "strasse"],
  ["ΣΟΦΟΣ", "σοφοσ"],
  ["σοφος", "σοφοσ"],
  ["ＡＢＣ", "abc"],
  ["ｶﾞﾝ", "ガン"],
  ["İ", "i\u0307"],
  ["ı", "ı"],
  ["ﬀ", "ff"],
])("%s is the hashtag %s", (tag, key) => {
  expect(tagKey(tag)).toBe(key);
  expect(hasTag([key], tag)).toBe(true);
});

it("counts numbers in titles as numbers", () => {
  const titles = ["Artwork 10", "artwork 9", "Artwork 100"];
  expect(titles.toSorted((a, b) => (naturalKey(a) < naturalKey(b) ? -1 : 1))).toEqual([
    "artwork 9",
    "Artwork 10",
    "Artwork 100",
  ]);
});

it("takes out what would turn the row around", () => {
  expect(withoutDirectionMarks("abc\u202Etxt.exe\u2066")).toBe("abctxt.exe");
});
