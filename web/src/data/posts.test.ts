// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import { aPost } from "../testing/posts";
import { changeCachedPosts, refetchPosts, restoreCachedPosts } from "./posts";
import type { Post } from "./schema";

const served = vi.hoisted(() => ({ list: vi.fn<() => Promise<unknown>>() }));
vi.mock("./client", () => ({ listPosts: served.list }));

it("keeps what has changed while an older page was on its way", async () => {
  const answers: ((posts: Post[], next?: string) => void)[] = [];
  served.list.mockImplementation(
    () =>
      new Promise((resolve) =>
        answers.push((items, next) => resolve({ items, next_cursor: next ?? null, total_count: 4 })),
      ),
  );
  const loaded = refetchPosts();
  changeCachedPosts(new Set([4]), (post) => ({ ...post, hidden_by_user: true }));
  restoreCachedPosts([aPost(3)]);
  answers[0]?.([aPost(4), aPost(3)], "more");
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  changeCachedPosts(new Set([2]), () => null);
  answers[1]?.([aPost(2), aPost(1)]);
  const posts = await loaded;
  expect(posts.map(({ id, hidden_by_user: isHidden }) => [id, isHidden]).sort()).toEqual([
    [1, false],
    [3, false],
    [4, true],
  ]);
});
