// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Post } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { uncover, useAlwaysShown, useIsCovered } from "./covers";
import { factOf, facts, sortPosts, sortWords } from "./facts";
import { noFilters } from "./filterValues";
import { prepare } from "./prepared";
import { indexWhenIdle, postsContaining } from "./search";
import { closePost, openPost, setFilters, setLayout, setPostState, setSort, useView } from "./view";

const address = vi.hoisted(() => ({
  ...{ closeOverlay: vi.fn(), openOverlay: vi.fn(), setParameters: vi.fn(), useParameters: vi.fn() },
  ...{ NEW_STEP: "new", TYPED: "typed" },
}));
const whenIdle = vi.hoisted(() => vi.fn());
vi.mock("../../platform/address", () => address);
vi.mock("../../platform/idle", () => ({ whenIdle }));
beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
});

describe("what a post says in a table", () => {
  const POST = aPost(1, { title: "Sea", description: "Blue.", frame_count: 3, license_identifier: "CC0-1.0" });
  it.each([
    ["visibility", "visible"],
    ["title", "Sea"],
    ["description", "Blue."],
    ["date", "2026-01-01T00:00:00Z"],
    ["frames", "3"],
    ["format", "png"],
    ["size", "1000"],
    ["width", "8"],
    ["height", "8"],
    ["reactions", "0"],
    ["comments", "0"],
    ["views", "0"],
    ["license", "CC0-1.0"],
  ])("%s", (id, text) => {
    expect(factOf(id)?.text(POST)).toBe(text);
    expect(facts.map((fact) => fact.id)).toContain(id);
  });

  it.each([
    [{}, "visible"],
    [{ hidden_by_user: true }, "hidden"],
    [{ hidden_by_mod: true }, "hidden by moderator"],
    [{ hidden_by_user: true, hidden_by_mod: true }, "hidden by both"],
  ])("who hid %j", (part, words) => {
    expect(factOf("visibility")?.text(aPost(1, part))).toBe(words);
  });

  it("is empty where it is not known", () => {
    const empty = { title: null, description: null, file_bytes: null, width: null, license_identifier: null };
    const post = aPost(1, empty);
    expect(["title", "description", "size", "width", "license"].map((id) => factOf(id)?.text(post))).toEqual(
      Array(5).fill(""),
    );
  });

  it.each([
    [{ id: "date", desc: true }, "Newest"],
    [{ id: "date", desc: false }, "Oldest"],
    [{ id: "title", desc: false }, "Title"],
    [{ id: "title", desc: true }, "Title, reversed"],
    [{ id: "size", desc: true }, "Size"],
    [{ id: "size", desc: false }, "Size, smallest first"],
    [{ id: "gone", desc: false }, "Newest"],
  ])("the order of %j is called %s", (sort, words) => {
    expect(sortWords(sort)).toBe(words);
  });
});

describe("posts in an order", () => {
  const POSTS = [
    aPost(4, { title: "art 10", created_at: "2026-04-01T00:00:00Z", hidden_by_user: true, file_bytes: null }),
    aPost(3, { title: "Art 9", created_at: "2026-03-01T00:00:00Z", file_bytes: 5 }),
    aPost(2, { title: null, created_at: "2026-02-01T00:00:00Z", hidden_by_mod: true, file_bytes: 900 }),
    aPost(1, { title: "Zebra", description: "b", created_at: "2026-01-01T00:00:00Z", file_bytes: 70 }),
  ];
  it.each([
    ["date", true, [4, 3, 2, 1]],
    ["date", false, [1, 2, 3, 4]],
    ["title", false, [3, 4, 1, 2]],
    ["title", true, [1, 4, 3, 2]],
    ["size", true, [2, 1, 3, 4]],
    ["size", false, [3, 1, 2, 4]],
    ["visibility", false, [3, 1, 4, 2]],
    ["description", false, [1, 4, 3, 2]],
    ["gone", false, [4, 3, 2, 1]],
  ])("of %s, the other way round %s", (id, desc, order) => {
    expect(sortPosts(POSTS, { id, desc }).map((post) => post.id)).toEqual(order);
  });
});

describe("a search", () => {
  const POSTS = [
    aPost(1, { title: "Sea sea", hashtags: ["Waves"] }),
    aPost(2, { title: "Séance", description: "Blue\nsea" }),
    aPost(3, { title: null, alt_text: "A lake", public_sqid: "xyz" }),
  ];
  const found = (word: string) => [...postsContaining(word, POSTS)].map(({ id }) => id);
  it.each([
    ["sea", [1, 2]],
    ["#waves", [1]],
    ["blue", [2]],
    ["lake", [3]],
    ["xyz", [3]],
    ["p1", [1]],
    ["nothing", []],
  ])("of %s finds each post once, by all that it says", (word, ids) => {
    expect(found(word)).toEqual(ids);
  });

  it("is prepared a post at a time, and then as a whole", () => {
    const cancel = vi.fn();
    whenIdle.mockReturnValue(cancel);
    const posts = [aPost(1), aPost(2)];
    expect(indexWhenIdle(posts)).toBe(cancel);
    const [[step]] = whenIdle.mock.calls as [[() => boolean]];
    expect([step(), step(), step()]).toEqual([true, true, false]);
    const [first] = posts as [Post];
    expect(prepare(first)).toBe(prepare(first));
    expect(prepare(first).time).toBe(Date.parse("2026-01-01T00:00:00Z"));
  });
});

describe("a picture that warns", () => {
  const covered = (id: number, content_warnings: string[]) => renderHook(() => useIsCovered({ id, content_warnings }));
  it("is covered until it is pressed, and no other with it", () => {
    const [one, other, plain] = [covered(1, ["Blood"]), covered(2, ["Blood"]), covered(3, [])];
    const now = () => [one, other, plain].map(({ result }) => result.current);
    expect(now()).toEqual([true, true, false]);
    act(() => uncover(1));
    expect(now()).toEqual([false, true, false]);
    act(() => uncover(2));
    expect(now()).toEqual([false, false, false]);
  });

  it("is shown where all are, in this browser", () => {
    const choice = renderHook(() => useAlwaysShown());
    const picture = covered(9, ["Blood"]);
    expect([choice.result.current[0], picture.result.current]).toEqual([false, true]);
    act(() => choice.result.current[1](true));
    expect([picture.result.current, localStorage.getItem("pmd.shows-warned")]).toEqual([false, "true"]);
  });
});

describe("the address", () => {
  it.each([
    [() => setFilters({ ...noFilters, q: "sea" }), [{ ...noFilters, q: "sea", page: 1 }, "new"]],
    [() => setFilters({ ...noFilters, q: "sea" }, "q"), [{ ...noFilters, q: "sea", page: 1 }, "typed q"]],
    [() => setSort({ id: "size", desc: true }), [{ sort: "-size", page: 1 }, "sort"]],
    [() => setSort({ id: "size", desc: false }), [{ sort: "size", page: 1 }, "sort"]],
    [() => setLayout("grid"), [{ view: "grid" }, "layout"]],
    [() => setPostState("deleted"), [{ state: "deleted", status: "all", page: 1 }, "state deleted"]],
    [() => setPostState("active", "hidden"), [{ state: "active", status: "hidden", page: 1 }, "state active"]],
  ])("keeps what is shown %#", (set, given) => {
    set();
    expect(address.setParameters.mock.calls).toEqual([["posts", ...given]]);
  });

  it("keeps the post that is open", () => {
    openPost(7);
    closePost();
    expect([address.openOverlay.mock.calls, address.closeOverlay.mock.calls]).toEqual([[["post", 7]], [["post"]]]);
  });

  it.each([
    ["-size", { id: "size", desc: true }],
    ["size", { id: "size", desc: false }],
  ])("is read: %s", (sort, order) => {
    address.useParameters.mockReturnValue({ sort, view: "grid", state: "deleted" });
    const { result } = renderHook(() => useView());
    expect(result.current).toMatchObject({ sort: order, layout: "grid", state: "deleted", filters: { sort } });
  });
});
