import { expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import { inOrderOf } from "./sorting";

const titles = ["b", null, "a", "c", "a", null];
const posts = titles.map((title, index) => aPost(index + 1, { title }));
const order = (desc: boolean) => inOrderOf(posts, "title", ({ title }) => title ?? undefined, desc).map(({ id }) => id);

it("shows equal posts newest first and those without a value last, whichever way it is sorted", () => {
  expect(order(false)).toEqual([5, 3, 1, 4, 6, 2]);
  expect(order(true)).toEqual([4, 1, 5, 3, 6, 2]);
  expect(order(false)).toEqual([5, 3, 1, 4, 6, 2]);
});
