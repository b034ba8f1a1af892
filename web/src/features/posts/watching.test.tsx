// @vitest-environment happy-dom
import { act, cleanup, render, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Post } from "../../data/schema";
import type { Order } from "../../platform/selection";
import { orderOf } from "../../platform/selection";
import { aPost } from "../../testing/posts";
import { noFilters } from "./filterValues";
import { postFinder } from "./finder";
import { usePlace } from "./place";
import { PostWatcher } from "./PostWatcher";
import type { View } from "./view";

type Tell = (event: object, isReplayed: boolean) => void;
const live: { told: Record<string, Tell> } = vi.hoisted(() => ({ told: {} }));
const data = vi.hoisted(() => ({ changeCachedPosts: vi.fn(), hasAllPosts: vi.fn(), refreshPosts: vi.fn() }));
const client = vi.hoisted(() => ({ artSource: vi.fn(), findPosts: vi.fn() }));
const address = vi.hoisted(() => ({ go: vi.fn(), wasTraversal: vi.fn() }));
const leaving: { leave: () => void } = vi.hoisted(() => ({ leave: () => undefined }));
vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "me" } } }));
vi.mock("../../data/client", () => client);
vi.mock("../../data/posts", () => data);
vi.mock("../../data/live/live", () => ({
  usePMDSSE: (kind: string, tell: Tell) => {
    live.told[kind] = tell;
  },
}));
vi.mock("../../platform/address", () => address);
vi.mock("../../platform/useEventListener", () => ({
  useBeforeLeave: (leave: () => void) => Object.assign(leaving, { leave }),
}));

beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers();
  data.hasAllPosts.mockReturnValue(true);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe("posts that change elsewhere", () => {
  const post = (event: object) => live.told["post"]?.(event, false);
  const posts = (active: number, newest_post_id: number | null, type = "update") =>
    live.told["posts"]?.({ type, data: { active, newest_post_id } }, false);
  const stream = (type: string, isReplayed = false) => live.told["posts"]?.({ type }, isReplayed);
  const changed = () =>
    (data.changeCachedPosts.mock.calls as [ReadonlySet<number>, (post: Post) => Post | null][]).map(([ids, change]) =>
      [...ids].map((id) => [id, change(aPost(id))?.title ?? null]),
    );

  it("are shown together, the last of each", () => {
    render(<PostWatcher />);
    post({ type: "update", id: "1", data: aPost(1, { title: "Sea" }) });
    vi.advanceTimersByTime(60);
    post({ type: "update", id: "1", data: aPost(1, { title: "Sky" }) });
    post({ type: "removed", id: "2" });
    post({ type: "update", id: "3", data: { id: 3 } });
    post({ type: "snapshot", id: "4", data: aPost(4) });
    vi.advanceTimersByTime(39);
    expect(changed()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(changed()).toEqual([
      [
        [1, "Sky"],
        [2, null],
      ],
    ]);
    post({ type: "removed", id: "1" });
    vi.advanceTimersByTime(100);
    expect(changed()[1]).toEqual([[1, null]]);
  });

  it("are read anew where the list has not all of them, and not while it is loading", () => {
    render(<PostWatcher />);
    posts(3, 9);
    vi.advanceTimersByTime(1000);
    expect([data.hasAllPosts.mock.calls, data.refreshPosts.mock.calls]).toEqual([[[3, 9]], []]);
    data.hasAllPosts.mockReturnValue(null);
    posts(0, null);
    vi.advanceTimersByTime(2000);
    expect([data.hasAllPosts.mock.lastCall, data.refreshPosts.mock.calls]).toEqual([[0, null], []]);
    data.hasAllPosts.mockReturnValue(false);
    vi.advanceTimersByTime(999);
    expect(data.refreshPosts).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5000);
    expect(data.refreshPosts).toHaveBeenCalledTimes(1);
  });

  it("are read anew once where many come, and not for what cannot be read", () => {
    data.hasAllPosts.mockReturnValue(false);
    const { unmount } = render(<PostWatcher />);
    posts(9, 9, "snapshot");
    live.told["posts"]?.({ type: "update", data: {} }, false);
    vi.advanceTimersByTime(2000);
    posts(1, 1);
    vi.advanceTimersByTime(600);
    posts(2, 2);
    vi.advanceTimersByTime(600);
    expect(data.refreshPosts).not.toHaveBeenCalled();
    vi.advanceTimersByTime(400);
    expect([data.hasAllPosts.mock.calls, data.refreshPosts.mock.calls.length]).toEqual([[[2, 2]], 1]);
    posts(3, 3);
    unmount();
    vi.advanceTimersByTime(2000);
    expect(data.refreshPosts).toHaveBeenCalledTimes(1);
  });

  it.each([
    [["opened", "connected"], 0],
    [["opened", "connected", "lost", "opened", "connected", "connected"], 1],
    [["opened", "connected", "opened", "connected"], 1],
    [["lost", "opened", "connected"], 1],
  ])("are read anew where what changed is in no event: after %j, %i times", (events, times) => {
    render(<PostWatcher />);
    for (const type of events) {
      expect(data.refreshPosts).not.toHaveBeenCalled();
      stream(type);
      if (type === "lost") vi.advanceTimersByTime(2000);
    }
    vi.advanceTimersByTime(2000);
    stream("connected");
    vi.advanceTimersByTime(2000);
    expect(data.refreshPosts).toHaveBeenCalledTimes(times);
  });

  it("are not read anew for what is replayed", () => {
    render(<PostWatcher />);
    for (const type of ["opened", "connected", "opened", "connected"]) stream(type, true);
    vi.advanceTimersByTime(2000);
    expect(data.refreshPosts).not.toHaveBeenCalled();
  });
});

describe("the place in the list", () => {
  const view = (part: Partial<View> = {}): View => ({
    ...{ filters: noFilters, sort: { id: "date", desc: true }, layout: "table", state: "active", ...part },
  });
  const POSTS = Array.from({ length: 30 }, (_, index) => aPost(index + 1));
  const handle = { goTo: vi.fn(), place: () => ({ index: 4, by: 5 }) };
  let scroller: HTMLElement;
  interface Given {
    view?: View;
    order?: Order;
    isComplete?: boolean;
    first?: number;
  }
  const opened = (given: Given = {}) => {
    scroller = document.createElement("div");
    const scrolling = { current: scroller };
    const list = { current: handle as never };
    return renderHook(
      (now: Given) =>
        usePlace({
          view: view(),
          order: orderOf(POSTS),
          isComplete: true,
          first: 0,
          ...now,
          scroller: scrolling,
          list,
        }),
      { initialProps: given },
    );
  };
  const tell = (name: string) => act(() => void scroller.dispatchEvent(new Event(name)));
  const went = () => handle.goTo.mock.calls.splice(0) as [number, number][];
  const sea = (q: string) => view({ filters: { ...noFilters, q } });

  it("is the top of another filter, and again where it was once that is cleared", () => {
    const of = view({ sort: { id: "views", desc: true } });
    const hook = opened({ view: of });
    expect(went()).toEqual([[0, 0]]);
    tell("scroll");
    const found = { ...of, filters: { ...noFilters, q: "sea" } };
    hook.rerender({ view: found });
    expect(went()).toEqual([[0, 0]]);
    hook.rerender({ view: of });
    expect(went()).toEqual([
      [4, 5],
      [4, 5],
    ]);
    hook.rerender({ view: found });
    address.wasTraversal.mockReturnValue(true);
    tell("scroll");
    went();
    hook.rerender({ view: sea("other") });
    expect(went()).toEqual([[0, 0]]);
  });

  it("follows its post, and the user's own scrolling takes precedence while it is loading", () => {
    const of = sea("follow");
    const { unmount } = opened({ view: of });
    tell("scroll");
    unmount();
    went();
    opened({ view: of, order: orderOf(POSTS.toReversed()) });
    expect(went()).toEqual([
      [4, 5],
      [25, 5],
    ]);
    cleanup();
    const again = opened({ view: of, order: orderOf(POSTS.slice(0, 3)), isComplete: false });
    expect(went()).toEqual([[4, 5]]);
    again.rerender({ view: of, order: orderOf(POSTS), isComplete: false });
    expect(went()).toEqual([[4, 5]]);
    cleanup();
    const given = opened({ view: of, order: orderOf([]), isComplete: false });
    tell("wheel");
    went();
    given.rerender({ view: of, order: orderOf(POSTS) });
    expect(went()).toEqual([]);
  });

  it("of a link is its page's, and one that is gone is its index", () => {
    opened({ view: sea("link"), first: 10 });
    expect(went()).toEqual([
      [10, 0],
      [10, 0],
    ]);
    cleanup();
    const of = sea("gone");
    opened({ view: of });
    tell("scroll");
    cleanup();
    went();
    opened({ view: of, order: orderOf(POSTS.filter(({ id }) => id !== 5)) });
    expect(went()).toEqual([
      [4, 5],
      [4, 5],
    ]);
  });

  it("is kept with the page, of the last fifty lists", () => {
    for (let index = 0; index < 55; index += 1) {
      opened({ view: sea(`kept ${String(index)}`) });
      tell("scroll");
      cleanup();
    }
    leaving.leave();
    const kept = JSON.parse(sessionStorage.getItem("pmd.places.me.me") ?? "[]") as [string, object][];
    expect([kept.length, kept.at(-1)?.[0].includes("kept 54"), kept[0]?.[0].includes("kept 5")]).toEqual([
      50,
      true,
      true,
    ]);
    expect(kept.at(-1)?.[1]).toEqual({ id: 5, index: 4, by: 5 });
  });

  it("is noted no more once the list is left", () => {
    const { unmount } = opened({ view: sea("left") });
    unmount();
    tell("scroll");
    leaving.leave();
    expect(sessionStorage.getItem("pmd.places.me.me")).not.toContain('\\"left\\"');
  });
});

describe("posts that are looked for", () => {
  it("lead to themselves in the list, by their title or their address", async () => {
    client.findPosts.mockResolvedValue([aPost(1, { title: "Sea" }), aPost(2, { title: null })]);
    client.artSource.mockReturnValueOnce("/art/1").mockReturnValueOnce(null);
    const { signal } = new AbortController();
    const found = await postFinder.find("se", signal);
    expect(client.findPosts.mock.calls).toEqual([["se", signal]]);
    expect(found.map((each) => ({ ...each, open: null }))).toEqual([
      { open: null, id: "post-1", words: "Sea", note: "2026-01-01", picture: "/art/1" },
      { open: null, id: "post-2", words: "Untitled", note: "2026-01-01" },
    ]);
    for (const { open } of found) open();
    expect(address.go.mock.calls).toEqual([
      ["posts", { q: '"Sea"' }],
      ["posts", { q: '"p2"' }],
    ]);
  });
});
