import { expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import { selectedPosts, sumsOf } from "./selected";

const byId = new Map([1, 5, 7, 8].map((id) => [id, aPost(id)]));
const selected = (ids: number[], shown: number[]) => {
  const rows = shown.flatMap((id) => byId.get(id) ?? []);
  const told = selectedPosts(new Set(ids), rows, byId);
  return [told.selected.map((post) => post.id), told.outsideFilter];
};

it("is in the order that is shown, and then what the filter hides", () => {
  expect(selected([1, 5, 8], [8, 7, 5, 1])).toEqual([[8, 5, 1], 0]);
  expect(selected([1, 5, 8], [8, 7])).toEqual([[8, 1, 5], 2]);
});

it("leaves out what is gone", () => {
  expect(selected([1, 3], [8, 1])).toEqual([[1], 0]);
  expect(selected([1, 3, 5, 7], [8, 7, 5, 1])).toEqual([[7, 5, 1], 0]);
});

it("is summed up for what is said of all of it", () => {
  const posts = [aPost(1, { file_bytes: 300, hidden_by_mod: true }), aPost(2, { file_bytes: null })];
  expect(sumsOf(posts)).toEqual({ bytes: 300, byUser: 0, byMod: 1 });
});
