import { expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import { hashtagsOf, newDetails, overfull, parseHashtags, titledBy, titleOf } from "./texts";

it("reads hashtags however they are typed, each once", () => {
  expect(parseHashtags("#Sea sky,  sea ##cloud,,")).toEqual(["sea", "sky", "cloud"]);
  expect(parseHashtags("Straße STRASSE sea")).toEqual(["straße", "sea"]);
  expect(parseHashtags("  ")).toEqual([]);
});

it("offers the hashtags of the selection, the most frequent first", () => {
  const posts = [aPost(1, { hashtags: ["a", "b"] }), aPost(2, { hashtags: ["b"] })];
  expect(hashtagsOf(posts)).toEqual([
    { tag: "b", count: 2 },
    { tag: "a", count: 1 },
  ]);
});

it("counts a hashtag in capitals as the same one", () => {
  const posts = [aPost(1, { hashtags: ["Sea"] }), aPost(2, { hashtags: ["sea"] })];
  expect(hashtagsOf(posts)).toEqual([{ tag: "sea", count: 2 }]);
});

it("knows before asking which posts would hold too many", () => {
  const full = aPost(1, { hashtags: Array.from({ length: 64 }, (_, index) => `t${index}`) });
  expect(overfull([full, aPost(2)], ["new"], [])).toBe(1);
  expect(overfull([full], ["new"], ["t3"])).toBe(0);
  const street = aPost(3, { hashtags: [...full.hashtags.slice(1), "straße"] });
  expect(overfull([street], ["strasse"], [])).toBe(0);
  expect(overfull([full], ["t5"], [])).toBe(0);
});

const post = aPost(1, { title: "Sea", created_at: "2026-10-30T12:00:00Z" });

it("fills in numbers, the day and the present title", () => {
  expect(titleOf("{title} {n}", post, 4)).toBe("Sea 5");
  expect(titleOf("Autumn {nnn}, {date}", post, 4)).toBe("Autumn 005, 2026-10-30");
  expect(titleOf("{unknown}", post, 0)).toBe("{unknown}");
  expect(titleOf("long ".repeat(200), post, 0).length).toBeLessThanOrEqual(128);
});

it("names the posts that get another title, in the order that is shown", () => {
  const posts = [post, aPost(2, { title: "Sea 2" })];
  expect(titledBy("Sea {n}", posts).map(({ post: { id }, title }) => [id, title])).toEqual([[1, "Sea 1"]]);
  expect(titledBy("  ", posts)).toEqual([]);
});

it("sends only details that some of the posts do not have", () => {
  const posts = [
    aPost(1, { content_warnings: ["Blood"] }),
    aPost(2, { alt_text: "A lamp", content_warnings: ["Blood"] }),
  ];
  expect(newDetails(posts, {})).toBeUndefined();
  expect(newDetails(posts, { content_warnings: ["Blood"], ai_opt_out: null })).toBeUndefined();
  expect(newDetails(posts, { content_warnings: [], ai_disclosure: "none" })).toEqual({
    content_warnings: [],
    ai_disclosure: "none",
  });
  expect(newDetails(posts.slice(1), { alt_text: " A lamp\n" })).toBeUndefined();
  expect(newDetails(posts.slice(1), { alt_text: null })).toEqual({ alt_text: null });
});
