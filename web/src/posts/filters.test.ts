import { expect, it } from "vitest";

import { aPost } from "../testing/posts";
import { countChoices, filterPosts, noFilters } from "./filters";

const posts = [
  aPost(1, { title: "Pokémon at dusk", hashtags: ["sea", "night"] }),
  aPost(2, { description: "A LIGHTHOUSE", hidden_by_user: true, file_format: "gif" }),
  aPost(3, { title: null, hidden_by_user: true, hidden_by_mod: true, hashtags: ["sea"] }),
];
const found = (part: Partial<typeof noFilters>) =>
  filterPosts(posts, posts.toReversed(), { ...noFilters, ...part }).map((post) => post.id);

it("finds text in titles, descriptions, hashtags and public ids, without regard to case and accents", () => {
  expect(found({ text: "pokemon" })).toEqual([1]);
  expect(found({ text: "lighthouse" })).toEqual([2]);
  expect(found({ text: "#sea" })).toEqual([3, 1]);
  expect(found({ text: "P3" })).toEqual([3]);
});

it("wants every word", () => {
  expect(found({ text: " dusk  pokémon " })).toEqual([1]);
  expect(found({ text: "dusk lighthouse" })).toEqual([]);
});

it("knows who hid a post", () => {
  expect(found({ visibility: "visible" })).toEqual([1]);
  expect(found({ visibility: "hidden" })).toEqual([3, 2]);
  expect(found({ visibility: "moderated" })).toEqual([3]);
});

it("finds no word across two posts, and the same posts again after one has changed", () => {
  expect(found({ text: "sea" })).toEqual([3, 1]);
  expect(found({ text: "p1pokemon" })).toEqual([]);
  const changed = posts.map((post) => (post.id === 3 ? { ...post, hashtags: [] } : post));
  expect(filterPosts(changed, changed, { ...noFilters, text: "sea" }).map(({ id }) => id)).toEqual([1]);
});

it("combines filters", () => {
  expect(found({ visibility: "hidden", format: "gif" })).toEqual([2]);
  expect(found({ hashtag: "sea", format: "gif" })).toEqual([]);
});

it("is the very list when there is nothing to filter", () => {
  expect(filterPosts([...posts], posts, noFilters)).toBe(posts);
});

it("counts what there is to choose from, the most frequent first", () => {
  expect(countChoices(posts, (post) => post.hashtags)).toEqual([
    { value: "sea", count: 2 },
    { value: "night", count: 1 },
  ]);
});
