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

it("is nothing where nothing is selected, though posts are shown", () => {
  expect(selected([], [8, 7])).toEqual([[], 0]);
});

it.each([
  ["nothing", [], { bytes: 0, byUser: 0, byMod: 0 }],
  ["sizes", [{ file_bytes: 300 }, { file_bytes: 20 }], { bytes: 320, byUser: 0, byMod: 0 }],
  ["who has hidden them", [{ hidden_by_user: true }, { hidden_by_user: true, hidden_by_mod: true }, {}], { bytes: 3000, byUser: 2, byMod: 1 }], // prettier-ignore
])("sums up %s", (_what, parts, sums) => {
  const posts = parts.map((part, id) => aPost(id, part));
  expect(sumsOf(posts)).toEqual(sums);
  expect(sumsOf(posts)).toBe(sumsOf(posts));
});
