import { expect, it } from "vitest";

import { byReason } from "./reasons";

it("says each reason once, the one with the most files first", () => {
  const files = [
    { path: "a.exe", why: "A program." },
    { path: "cut.png", why: "Damaged." },
    { path: "b.exe", why: "A program." },
    { path: "odd", why: null },
  ];
  const groups = byReason(files, ({ why }) => why);
  expect(groups.map(({ reason, items }) => [reason, items.map(({ path }) => path)])).toEqual([
    ["A program.", ["a.exe", "b.exe"]],
    ["Damaged.", ["cut.png"]],
    ["It was left out.", ["odd"]],
  ]);
});
