import { expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import { noFilters } from "./filterValues";
import { distance, nearestWord, strictest } from "./hints";

const posts = [
  aPost(1, { title: "Fungus in the rain", hashtags: ["sea"] }),
  aPost(2, { title: "Gentle fungus", file_format: "gif" }),
];

it("knows how far apart two words are", () => {
  expect(distance("fungos", "fungus", 2)).toBe(1);
  expect(distance("rain", "train", 2)).toBe(1);
  expect(distance("sea", "mountain", 2)).toBe(3);
});

it("offers the word that is nearly the one that was typed, with what it would find", () => {
  expect(nearestWord({ ...noFilters, q: "fungos" }, posts)).toEqual({ word: "fungus", count: 2 });
  expect(nearestWord({ ...noFilters, q: "fungos", format: "gif" }, posts)).toEqual({ word: "fungus", count: 1 });
  expect(nearestWord({ ...noFilters, q: "zzzzzz" }, posts)).toBeNull();
  expect(nearestWord({ ...noFilters, q: "fungos rain" }, posts)).toBeNull();
});

it.each([
  ["fongos", "fungus"], // two letters apart
  ["fongoss", null],
  ["se", "sea"],
  ["see", "sea"],
  ["so", null], // two of two: any short word would be near
  ["rein", "rain"],
  ["reun", null], // up to four letters, one may differ
  ["traing", "rain"],
  ["in", null], // a word of a post, but nothing is found under these filters
])("for %s it offers %s", (q, word) => {
  expect(nearestWord({ ...noFilters, q, tag: q === "in" ? "sky" : "" }, posts)?.word ?? null).toBe(word);
});

it.each(["-fungos", '"fungos rain"', "tag:fungos"])("offers nothing for %s, which is not one word", (q) => {
  expect(nearestWord({ ...noFilters, q }, posts)).toBeNull();
});

it("names the filter that hides most", () => {
  const filters = { ...noFilters, q: "fungus", tag: "sky", format: "gif" };
  expect(strictest(filters, posts)).toEqual({ name: "tag", count: 1 });
  expect(strictest({ ...noFilters, q: "zebra" }, posts)).toBeNull();
});
