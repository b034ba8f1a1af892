// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { aPost } from "../testing/posts";
import { settled } from "../testing/settled";
import type { Post } from "./schema";

interface Asked {
  state: string;
  cursor: string | null;
  signal: AbortSignal;
  give: (ids: readonly number[], next?: string | null, total?: number) => Promise<void>;
  fail: (error: Error) => Promise<void>;
}
let asked: Asked[] = [];
const retries = vi.hoisted(() => ({ scheduleRetry: vi.fn() }));
const address = vi.hoisted(() => ({ currentPage: vi.fn(), queryParam: vi.fn() }));
const tab = vi.hoisted((): { becomesVisible: () => void } => ({ becomesVisible: () => undefined }));
vi.mock("./live/retry", () => retries);
vi.mock("../platform/address", () => address);
vi.mock("../platform/useEventListener", () => ({ useTabVisible: (run: () => void) => (tab.becomesVisible = run) }));
vi.mock("./client", () => ({
  listPosts: (state: string, cursor: string | null, signal: AbortSignal) =>
    new Promise((resolve, reject) => {
      asked.push({
        ...{ state, cursor, signal },
        give: (ids, next = null, total) => {
          resolve({ items: ids.map(post), next_cursor: next, total_count: total });
          return settled();
        },
        fail: (error) => {
          reject(error);
          return settled();
        },
      });
    }),
}));
const post = (id: number) => aPost(id, { created_at: new Date(1e12 + id).toISOString() });
const last = () => {
  const [newest] = asked.slice(-1) as [Asked];
  return newest;
};
const idsOf = (posts: readonly Post[]) => posts.map(({ id }) => id);
const retry = { at: 77, stop: vi.fn() };

async function opened(state: "active" | "deleted" = "active", isWanted = true) {
  vi.resetModules();
  const posts = await import("./posts");
  const { result, rerender } = renderHook(({ wanted }) => posts.usePosts(state, wanted), {
    initialProps: { wanted: isWanted },
  });
  return { posts, result, rerender };
}

beforeEach(() => {
  asked = [];
  vi.resetAllMocks();
  retries.scheduleRetry.mockReturnValue(retry);
});

it("reads page after page, and shows the list each time it has doubled", async () => {
  const { result } = await opened();
  const seen = [];
  for (const [ids, next] of [
    [[9, 8], "a"],
    [[7], "b"],
    [[6], "c"],
    [[5], null],
  ] as const) {
    await last().give(ids, next, 6);
    const { posts, isComplete, fetched, total } = result.current;
    seen.push([posts.length, isComplete, fetched, total]);
  }
  expect(seen).toEqual([
    [2, false, 2, 6],
    [2, false, 3, 6],
    [4, false, 4, 6],
    [5, true, 5, 5],
  ]);
  expect(asked.map(({ state, cursor }) => [state, cursor])).toEqual([
    ["active", null],
    ["active", "a"],
    ["active", "b"],
    ["active", "c"],
  ]);
});

it("keeps what has changed while an older page was on its way", async () => {
  const { posts, result } = await opened();
  act(() => {
    posts.changeCachedPosts(new Set([4]), (before) => ({ ...before, hidden_by_user: true }));
    posts.restoreCachedPosts([post(3)]);
  });
  await last().give([4, 3], "more");
  act(() => posts.changeCachedPosts(new Set([2]), () => null));
  await last().give([2, 1]);
  expect(new Map(result.current.posts.map(({ id, hidden_by_user: isHidden }) => [id, isHidden]))).toEqual(
    new Map([
      [4, true],
      [3, false],
      [1, false],
    ]),
  );
});

it("is read when it is wanted, once", async () => {
  const { posts, rerender } = await opened("active", false);
  expect(asked).toHaveLength(0);
  rerender({ wanted: true });
  renderHook(() => posts.usePosts("active"));
  expect(asked).toHaveLength(1);
  await last().give([1]);
  renderHook(() => posts.usePosts("active"));
  expect(asked).toHaveLength(1);
  renderHook(() => posts.usePosts("deleted")).unmount();
  await last().give([2]);
  renderHook(() => posts.usePosts("deleted"));
  expect(asked.map(({ state }) => state)).toEqual(["active", "deleted", "deleted"]);
});

it.each([
  ["posts", null, ["active"]],
  ["posts", "deleted", ["deleted"]],
  ["library", null, []],
])("is read before the page %s with the state %s is there: %j", async (page, state, lists) => {
  const { posts } = await opened("active", false);
  address.currentPage.mockReturnValue(page);
  address.queryParam.mockReturnValue(state);
  posts.prefetchPosts();
  expect(asked.map((each) => each.state)).toEqual(lists);
});

it.each([
  [new PMDError(503, "Away"), 77],
  [new PMDError(401, "Signed out"), 77],
  [new PMDError(403, "No"), null],
  [new TypeError("odd"), null],
])("says what has failed, and reads on from there: %s", async (given, retryAt) => {
  const { result } = await opened();
  // The module under test has a class of its own, as it was loaded anew.
  const { PMDError: Own } = await import("@pmd/client");
  const error = given instanceof PMDError ? new Own(given.status, given.message) : given;
  await last().give([9], "a");
  await last().fail(error);
  expect(result.current).toMatchObject({ isComplete: false, fetched: 1, failure: { error, retryAt } });
  expect([asked.length, retries.scheduleRetry.mock.calls.length]).toEqual([2, retryAt === null ? 0 : 1]);
  await act(async () => {
    result.current.retry();
    await Promise.resolve();
  });
  await settled();
  expect([asked.length, last().cursor, retry.stop.mock.calls.length]).toEqual([3, "a", retryAt === null ? 0 : 1]);
  await last().give([8]);
  expect([result.current.isComplete, idsOf(result.current.posts), result.current.failure]).toEqual([
    true,
    [9, 8],
    null,
  ]);
});

it("waits longer after each failure, and anew after a success", async () => {
  await opened();
  const { PMDError: Own } = await import("@pmd/client");
  const wake = async () => {
    const [, go] = retries.scheduleRetry.mock.lastCall as [number, () => void];
    go();
    await settled();
  };
  await last().fail(new Own(503, "Away"));
  await wake();
  await last().fail(new Own(503, "Away"));
  await wake();
  await last().give([1], "a");
  await last().fail(new Own(503, "Away"));
  expect(retries.scheduleRetry.mock.calls.map(([failures]) => failures as number)).toEqual([0, 1, 0]);
});

it("keeps what it has while it is read anew, and takes no page of the reading before", async () => {
  const { posts, result } = await opened();
  await last().give([1]);
  const first = asked.length;
  let ended: readonly Post[] = [];
  void posts.refetchPosts().then((all) => (ended = all));
  await last().give([5], "a");
  expect([idsOf(result.current.posts), result.current.isComplete]).toEqual([[1], true]);
  const late = last();
  posts.refreshPosts();
  expect(late.signal.aborted).toBe(true);
  await late.give([3], "zz");
  expect(result.current.fetched).toBe(1);
  await last().give([6, 5]);
  expect([idsOf(result.current.posts), asked.length - first]).toEqual([[6, 5], 3]);
  await settled();
  expect(ended).not.toEqual([]);
});

it("is read anew with the deleted ones, where those are there", async () => {
  const { posts } = await opened();
  await last().give([1]);
  void posts.refetchPosts();
  expect(asked.map(({ state }) => state)).toEqual(["active", "active"]);
  await last().give([1]);
  renderHook(() => posts.usePosts("deleted"));
  await last().give([2]);
  void posts.refetchPosts();
  expect(asked.slice(3).map(({ state }) => state)).toEqual(["deleted", "active"]);
});

it("is read anew where it has changed on the whole, not before it was ever asked for", async () => {
  const { posts } = await opened("active", false);
  posts.refreshPosts();
  expect(asked).toHaveLength(0);
});

it("is known to be all of them, or not, once it is there", async () => {
  const { posts } = await opened("active", false);
  expect(posts.hasAllPosts(9, 9)).toBe(true); // of nobody's interest
  renderHook(() => posts.usePosts("active"));
  await last().give([5, 4], "a");
  expect(posts.hasAllPosts(2, 5)).toBe(null);
  await last().give([3]);
  expect([posts.hasAllPosts(3, 5), posts.hasAllPosts(4, 5), posts.hasAllPosts(3, 6)]).toEqual([true, false, false]);
  act(() => posts.changeCachedPosts(new Set([5, 4, 3]), () => null));
  expect([posts.hasAllPosts(0, null), posts.hasAllPosts(1, null)]).toEqual([true, false]);
});

it.each([
  [60_001, 2],
  [60_000, 1],
])("is read anew when the tab is looked at after %i ms: %i readings", async (ms, readings) => {
  const now = vi.spyOn(Date, "now").mockReturnValue(1e12);
  await opened();
  await last().give([1]);
  now.mockReturnValue(1e12 + ms);
  tab.becomesVisible();
  tab.becomesVisible();
  expect(asked).toHaveLength(readings);
});

it("changes and takes out posts in what is shown and in what is being read", async () => {
  const { posts, result } = await opened();
  await last().give([4, 3], "a");
  const change = (each: Post) => (each.id === 3 ? null : { ...each, title: "Changed" });
  act(() => posts.changeCachedPosts(new Set([4, 3]), change));
  expect(result.current.posts.map(({ title }) => title)).toEqual(["Changed"]);
  await last().give([2]);
  expect(result.current.posts.map(({ title }) => title)).toEqual(["Changed", "Artwork 2"]);
});

it("puts posts back in their place, once, and out of the deleted ones", async () => {
  const { posts, result } = await opened();
  await last().give([9, 5, 1]);
  const deleted = renderHook(() => posts.usePosts("deleted")).result;
  await last().give([7, 6]);
  act(() => posts.restoreCachedPosts([post(7), { ...post(5), title: "Back" }]));
  expect(result.current.posts.map(({ id, title }) => [id, title])).toEqual([
    ...[
      [9, "Artwork 9"],
      [7, "Artwork 7"],
      [5, "Back"],
      [1, "Artwork 1"],
    ],
  ]);
  expect(idsOf(deleted.current.posts)).toEqual([6]);
});

it("is not read when the tab is looked at while nobody has asked for it, nor while it is read", async () => {
  const { rerender } = await opened("active", false);
  tab.becomesVisible();
  expect(asked).toHaveLength(0);
  rerender({ wanted: true });
  tab.becomesVisible();
  expect(asked).toHaveLength(1);
});
