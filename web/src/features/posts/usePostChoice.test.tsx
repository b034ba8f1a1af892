// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Post } from "../../data/schema";
import { orderOf, selectionOf } from "../../platform/selection";
import { aPost } from "../../testing/posts";
import { noFilters } from "./filterValues";
import { usePostChanges } from "./usePostChanges";
import { usePostChoice } from "./usePostChoice";
import { type PostList, usePostList } from "./usePostList";

const data = vi.hoisted(() => ({ usePosts: vi.fn(), useHides: vi.fn(), useBulkChanges: vi.fn() }));
const shown: { view: object } = vi.hoisted(() => ({ view: {} }));
vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "me" } }, moderates: false }));
vi.mock("../../data/posts", () => data);
vi.mock("../../data/hides", () => data);
vi.mock("../../data/changes/runner", () => data);
vi.mock("../../data/moderation/reports", () => ({
  ...{ reported: { get: () => new Set() }, useReported: () => new Set() },
}));
vi.mock("../../commands/menu", () => ({ openMenu: vi.fn() }));
vi.mock("./view", () => ({ useView: () => shown.view }));

const POSTS = [1, 2, 3].map((id) =>
  aPost(id, { title: id === 1 ? "Zebra" : `Artwork ${String(id)}`, file_bytes: id * 100 }),
);
const view = (part: object = {}) => ({
  ...{ filters: noFilters, sort: { id: "date", desc: true }, layout: "table", state: "active", ...part },
});
beforeEach(() => {
  vi.resetAllMocks();
  sessionStorage.clear();
  shown.view = view();
});
afterEach(cleanup);

describe("the list", () => {
  const listed = (part: object = {}, of: object = {}) => {
    data.usePosts.mockReturnValue({ posts: POSTS, isComplete: true, total: 3, ...of });
    shown.view = view(part);
    return renderHook(() => usePostList()).result.current;
  };
  const ids = (list: PostList) => list.rows.map(({ id }) => id);

  it.each([
    [{}, [1, 2, 3]],
    [{ sort: { id: "date", desc: false } }, [3, 2, 1]],
    [{ sort: { id: "title", desc: false } }, [2, 3, 1]],
    [{ filters: { ...noFilters, q: "artwork" } }, [2, 3]],
    [{ filters: { ...noFilters, status: "hidden" } }, []],
    [{ sort: { id: "gone", desc: false } }, [1, 2, 3]],
  ])("has the posts of %j in their order", (part, found) => {
    const list = listed(part);
    expect([ids(list), list.order.length, list.rowCount, list.isTrash]).toEqual([
      found,
      found.length,
      found.length,
      false,
    ]);
    expect([list.byId.get(2), data.usePosts.mock.lastCall]).toEqual([POSTS[1], ["active"]]);
  });

  it("of the trash has the deleted ones", () => {
    expect([listed({ state: "deleted" }).isTrash, data.usePosts.mock.lastCall]).toEqual([true, ["deleted"]]);
  });

  it.each([
    [{}, {}, 9],
    [{}, { total: null }, 3],
    [{}, { total: 2 }, 3],
    [{}, { isComplete: true }, 3],
    [{ filters: { ...noFilters, q: "artwork" } }, {}, 2],
    [{ sort: { id: "date", desc: false } }, {}, 3],
    [{ sort: { id: "title", desc: true } }, {}, 3],
  ])("has a place for those that still come, where they come in its order: %j %j", (part, of, count) => {
    expect(listed(part, { isComplete: false, total: 9, ...of }).rowCount).toBe(count);
  });
});

describe("what is chosen", () => {
  interface Given {
    posts?: readonly Post[];
    rows?: readonly Post[];
    rowCount?: number;
    isComplete?: boolean;
    part?: object;
  }
  const listOf = ({ posts = POSTS, rows = posts, rowCount = rows.length, isComplete = true, part = {} }: Given) =>
    ({
      ...{ view: view(part), posts, rows, rowCount, isComplete, order: orderOf(rows) },
      byId: new Map(posts.map((each) => [each.id, each])),
    }) as unknown as PostList;
  function opened(given: Given = {}) {
    const hook = renderHook((now: Given) => usePostChoice(listOf(now)), { initialProps: given });
    const of = (posts: readonly Post[]) => posts.map(({ id }) => id);
    return {
      ...hook,
      now: () => hook.result.current,
      selected: () => of(hook.result.current.selected),
      atHand: () => of(hook.result.current.atHand),
      select: (...ids: number[]) => act(() => hook.result.current.select(() => selectionOf(ids))),
      all: () => act(() => hook.result.current.selectAll()),
    };
  }
  const MANY = Array.from({ length: 129 }, (_, index) =>
    aPost(index + 1, { file_bytes: 1, hidden_by_user: index < 2 }),
  );

  it("is what is selected, else the post at the cursor, else nothing", () => {
    const choice = opened();
    expect([choice.atHand(), choice.now().count, choice.now().exported]).toEqual([[], 0, POSTS]);
    act(() => choice.now().setActiveId(2));
    expect([choice.atHand(), choice.selected(), choice.now().sums.bytes]).toEqual([[2], [], 200]);
    choice.select(3, 1);
    expect([choice.atHand(), choice.now().count, choice.now().sums.bytes]).toEqual([[1, 3], 2, 400]);
    expect(choice.now().exported.map(({ id }) => id)).toEqual([1, 3]);
  });

  it("counts what the filter does not show", () => {
    const choice = opened({ rows: POSTS.slice(0, 1) });
    choice.select(3, 1);
    const { outsideFilter, shownSelected, count } = choice.now();
    expect([choice.selected(), outsideFilter, shownSelected, count]).toEqual([[1, 3], 1, 1, 2]);
    act(() => choice.now().selectNone());
    expect(choice.selected()).toEqual([3]);
  });

  it.each([
    ["few", {}, 3, false],
    ["as many as one request takes", { posts: MANY.slice(0, 128) }, 128, false],
    ["more than that", { posts: MANY }, 129, true],
    ["those that are still loading", { isComplete: false, rowCount: 9 }, 9, true],
  ])("can be all of %s", (_, given, count, isWhole) => {
    const choice = opened(given);
    choice.all();
    expect([choice.now().count, choice.now().isWhole, choice.now().outsideFilter]).toEqual([count, isWhole, 0]);
    act(() => choice.now().selectNone());
    expect([choice.now().count, choice.now().isWhole]).toEqual([0, false]);
  });

  it("keeps what was selected outside the filter where few are added", () => {
    const choice = opened({ rows: POSTS.slice(0, 1) });
    choice.select(3);
    choice.all();
    expect(choice.selected()).toEqual([1, 3]);
  });

  it("of a whole filter one can be taken out", () => {
    const choice = opened({ posts: MANY });
    choice.all();
    act(() => choice.now().pick(2, false));
    expect([choice.now().isWhole, choice.now().count, choice.selected().includes(2)]).toEqual([false, 128, false]);
  });

  it("of a whole filter stays under another one, by the posts that are there", () => {
    const sea = { filters: { ...noFilters, q: "artwork" } };
    const choice = opened({ posts: MANY });
    choice.all();
    choice.rerender({ posts: MANY, rows: MANY.slice(0, 5), part: sea });
    const { isWhole, count, outsideFilter, sums } = choice.now();
    expect([isWhole, count, outsideFilter, sums]).toEqual([false, 129, 124, { bytes: 129, byUser: 2, byMod: 0 }]);
  });

  it("is none in the trash", () => {
    const choice = opened({ posts: MANY });
    choice.all();
    choice.rerender({ posts: MANY, part: { state: "deleted" } });
    expect([choice.now().isWhole, choice.now().count]).toEqual([false, 0]);
  });

  it.each([
    ["some", {}, (choice: ReturnType<typeof opened>) => choice.select(2, 3), 2, false],
    ["a whole filter", { posts: MANY }, (choice: ReturnType<typeof opened>) => choice.all(), 129, true],
  ])("is given back after it was cleared: %s", (_, given, choose, count, isWhole) => {
    const choice = opened(given);
    choose(choice);
    const cleared = { again: choice.now().clear };
    act(() => void Object.assign(cleared, { again: choice.now().clear() }));
    expect([choice.now().count, choice.now().isWhole]).toEqual([0, false]);
    act(() => void cleared.again());
    expect([choice.now().count, choice.now().isWhole]).toEqual([count, isWhole]);
  });
});

describe("what is changed", () => {
  const opened = (job: object | null, moderated: readonly Post[] = []) => {
    data.useBulkChanges.mockReturnValue({ job, start: "start" });
    data.useHides.mockReturnValue("hides");
    const byId = new Map<number, Post>();
    return renderHook(() => usePostChanges({ byId, places: { moderated } } as unknown as PostList));
  };

  it.each([
    [[], false],
    [[POSTS[0]], true],
  ])("looks up moderators' reasons only where there are some %#", (moderated, isWanted) => {
    const { result } = opened(null, moderated as readonly Post[]);
    expect([data.useHides.mock.lastCall, result.current.hides]).toEqual([[isWanted], "hides"]);
  });

  it.each([
    [null, POSTS, undefined, { about: "hide", posts: POSTS }],
    [null, POSTS, { action: "hide" }, { about: "hide", posts: POSTS, bulk: { action: "hide" } }],
    [null, [], undefined, null],
    [{}, POSTS, undefined, null],
  ] as const)("is asked while nothing else is changed %#", (job, posts, bulk, question) => {
    const { result } = opened(job);
    act(() => result.current.ask("hide", posts, bulk));
    expect(result.current.question).toEqual(question);
    act(() => result.current.closeQuestion());
    expect(result.current.question).toBeNull();
  });
});
