import { expect, it } from "vitest";

import { fold, naturalKey, withoutDirectionMarks } from "./text";

it("finds a word whatever its case and accents", () => {
  expect(fold("Pokémon ÉTÉ")).toBe("pokemon ete");
  expect(fold("Straße STRAẞE")).toBe("strasse strasse");
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
