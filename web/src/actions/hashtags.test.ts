import { expect, it } from "vitest";

import { aPost } from "../testing/posts";
import { hashtagsOf, overfull, parseHashtags } from "./hashtags";

it("reads hashtags however they are typed, each once", () => {
  expect(parseHashtags("#Sea sky,  sea ##cloud,,")).toEqual(["sea", "sky", "cloud"]);
  expect(parseHashtags("  ")).toEqual([]);
});

it("offers the hashtags of the selection, the most frequent first", () => {
  const posts = [aPost(1, { hashtags: ["a", "b"] }), aPost(2, { hashtags: ["b"] })];
  expect(hashtagsOf(posts)).toEqual([
    { tag: "b", count: 2 },
    { tag: "a", count: 1 },
  ]);
});

it("knows before asking which posts would hold too many", () => {
  const full = aPost(1, { hashtags: Array.from({ length: 64 }, (_, index) => `t${index}`) });
  expect(overfull([full, aPost(2)], ["new"], [])).toBe(1);
  expect(overfull([full], ["new"], ["t3"])).toBe(0);
  expect(overfull([full], ["t5"], [])).toBe(0);
});
