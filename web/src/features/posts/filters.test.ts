import { expect, it } from "vitest";

import { reported } from "../../data/moderation/reported";
import type { License } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { NO_LICENSE, noFilters } from "./filterValues";
import { countChoices, filterPosts, placesOf, serviceFilter } from "./filters";

const posts = [
  aPost(1, { title: "Pokémon at dusk", hashtags: ["sea", "night"] }),
  aPost(2, { description: "A LIGHTHOUSE", hidden_by_user: true, file_format: "gif" }),
  aPost(3, { title: null, hidden_by_user: true, hidden_by_mod: true, hashtags: ["sea"] }),
];
const found = (part: Partial<typeof noFilters>) =>
  filterPosts(posts, posts.toReversed(), { ...noFilters, ...part }).map((post) => post.id);

it("finds text in titles, descriptions, hashtags and public ids, without regard to case and accents", () => {
  expect(found({ q: "pokemon" })).toEqual([1]);
  expect(found({ q: "lighthouse" })).toEqual([2]);
  expect(found({ q: "#sea" })).toEqual([3, 1]);
  expect(found({ q: "P3" })).toEqual([3]);
});

it("wants every word", () => {
  expect(found({ q: " dusk  pokémon " })).toEqual([1]);
  expect(found({ q: "dusk lighthouse" })).toEqual([]);
});

it("finds hashtags that the site has in capitals", () => {
  const capitals = [aPost(1, { hashtags: ["Sea"] }), aPost(2, { hashtags: ["Größe", "seaside"] })];
  const ids = (part: Partial<typeof noFilters>) =>
    filterPosts(capitals, capitals, { ...noFilters, ...part }).map((post) => post.id);
  expect(ids({ q: "tag:#sea" })).toEqual([1]);
  expect(ids({ tag: "SEA" })).toEqual([1]);
  expect(ids({ q: "tag:GRÖSSE" })).toEqual([2]);
  expect(ids({ q: "tag:größe" })).toEqual([2]);
});

it("knows who hid a post", () => {
  expect(found({ status: "visible" })).toEqual([1]);
  expect(found({ status: "hidden" })).toEqual([3, 2]);
  expect(found({ status: "moderated" })).toEqual([3]);
});

it("finds no word across two posts, and the same posts again after one has changed", () => {
  expect(found({ q: "sea" })).toEqual([3, 1]);
  expect(found({ q: "p1artwork" })).toEqual([]);
  const changed = posts.map((post) => (post.id === 3 ? { ...post, hashtags: [] } : post));
  expect(filterPosts(changed, changed, { ...noFilters, q: "sea" }).map(({ id }) => id)).toEqual([1]);
});

it("combines filters", () => {
  expect(found({ status: "hidden", format: "gif" })).toEqual([2]);
  expect(found({ tag: "sea", format: "gif" })).toEqual([]);
});

it("finds what is asked for by names, and leaves out what is not wanted", () => {
  expect(found({ q: "tag:sea" })).toEqual([3, 1]);
  expect(found({ q: "tag:sea tag:night" })).toEqual([1]);
  expect(found({ q: "tag:sea -tag:night" })).toEqual([3]);
  expect(found({ q: "-pokemon -lighthouse" })).toEqual([3]);
  expect(found({ q: '"at dusk"' })).toEqual([1]);
  expect(found({ q: '"dusk at"' })).toEqual([]);
  expect(found({ q: "hidden" })).toEqual([3, 2]);
  expect(found({ q: "hidden:mod" })).toEqual([3]);
  expect(found({ q: "licence:none" })).toEqual([3, 2, 1]);
  expect(found({ q: "before:2026" })).toEqual([]);
  expect(found({ q: "after:2025-12 before:2027" })).toEqual([3, 2, 1]);
});

it.each([
  ["=", [2]],
  ["<", [1]],
  ["<=", [1, 2]],
  [">", [3]],
  [">=", [2, 3]],
])("compares numbers by %s", (op, ids) => {
  const seen = [1, 2, 3].map((id) =>
    aPost(id, { view_count: id, width: id, height: id, frame_count: id, file_bytes: id }),
  );
  for (const name of ["views", "width", "height", "frames", "size"])
    expect([name, filterPosts(seen, seen, { ...noFilters, q: `${name}${op}2` }).map(({ id }) => id)]).toEqual([
      name,
      ids,
    ]);
});

it("says what each place holds of what the other filters leave", () => {
  const counts = (part: Partial<typeof noFilters>) => {
    const places = placesOf(posts, posts, { ...noFilters, ...part });
    return [places.all.length, places.visible.length, places.hidden.length, places.moderated.length];
  };
  expect(counts({})).toEqual([3, 1, 2, 1]);
  expect(counts({ tag: "sea", status: "moderated" })).toEqual([2, 1, 1, 1]);
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

it("finds what alt texts and warnings say, and posts without any", () => {
  const said = [
    aPost(1, { alt_text: "A Café lamp", content_warnings: ["Flashing", "Loud sound"] }),
    aPost(2, { alt_text: "None of it", content_warnings: ["Blood"] }),
    aPost(3),
  ];
  const ids = (q: string) => filterPosts(said, said, { ...noFilters, q }).map((post) => post.id);
  expect(ids("alt:cafe")).toEqual([1]);
  expect(ids("alt:none")).toEqual([3]);
  expect(ids("-alt:none")).toEqual([1, 2]);
  expect(ids("warning:flash")).toEqual([1]);
  expect(ids("warning:sound")).toEqual([]);
  expect(ids('warning:"loud s" OR warning:none')).toEqual([1, 3]);
  expect(ids("lamp")).toEqual([1]);
  expect(ids("warning:")).toEqual([1, 2, 3]);
});

it("finds reported posts, which moderators know of", () => {
  reported.set(new Set([2]));
  expect(found({ q: "reported:yes" })).toEqual([2]);
  expect(found({ q: "reported:no" })).toEqual([3, 1]);
  reported.set(new Set());
});

const day = (date: number, more = 0) => new Date(new Date(2026, 9, date).getTime() + more).toISOString();
const limits = [
  aPost(1, { created_at: day(1, -1), file_bytes: 1499 }),
  aPost(2, { created_at: day(1), file_bytes: 1500, license_identifier: "CC0-1.0" }),
  aPost(3, { created_at: day(2, -1), file_bytes: 3000 }),
  aPost(4, { created_at: day(2), file_bytes: 3001 }),
  aPost(5, { created_at: day(3), file_bytes: null }),
];

it.each<[Partial<typeof noFilters>, number[], object]>([
  [{}, [1, 2, 3, 4, 5], {}],
  [{ from: "2026-10-01" }, [2, 3, 4, 5], { since: day(1) }],
  [{ to: "2026-10-01" }, [1, 2, 3], { until: day(2) }],
  [{ from: "soon" }, [1, 2, 3, 4, 5], {}],
  [{ "min-kb": "1,5" }, [2, 3, 4], { min_bytes: 1500 }],
  [{ "max-kb": "3" }, [1, 2, 3], { max_bytes: 3000 }],
  [{ licence: "cc0-1.0" }, [2], { license: "CC0-1.0" }],
  [{ licence: NO_LICENSE }, [1, 3, 4, 5], { license: "" }],
  [{ status: "hidden" }, [], { visibility: "hidden" }],
  [{ format: "gif" }, [], { format: "gif" }],
  [{ tag: "Sea" }, [], { hashtag: "Sea" }],
  [{ q: " sea " }, [], { q: "sea" }],
])("finds by %o what the service is asked for", (part, ids, asked) => {
  const filters = { ...noFilters, ...part };
  expect(filterPosts(limits, limits, filters).map(({ id }) => id)).toEqual(ids);
  const licenses = [{ id: 1, identifier: "CC0-1.0" }] as License[];
  expect(serviceFilter(filters, "active", licenses)).toEqual({ state: "active", ...asked });
});
