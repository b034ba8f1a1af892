// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { aPost } from "../testing/posts";
import {
  act,
  allOf,
  apiUrl,
  artSource,
  edit,
  filesOfPosts,
  listAudit,
  listHides,
  listPosts,
  remove,
  request,
  requestDownload,
  stillSource,
} from "./client";
import { Changed } from "./schema";
import { setSession, useSession } from "./session";

const config = vi.hoisted(() => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "you" } }, moderates: false }));
vi.mock("./config", () => config);

interface Sent {
  method: string;
  url: URL;
  body: unknown;
  headers: Headers;
}
let sent: Sent[] = [];
const answers: (object | [status: number, body: object])[] = [];
const { signal } = new AbortController();

beforeEach(() => {
  Object.assign(config, { moderates: false });
  setSession("alive");
  sent = [];
  answers.length = 0;
  vi.stubGlobal("fetch", (url: string, { method = "GET", body, headers }: RequestInit = {}) => {
    const read: unknown = typeof body === "string" ? JSON.parse(body) : undefined;
    sent.push({ method, url: new URL(url, "https://pixel.test"), body: read, headers: new Headers(headers) });
    const answer = answers.shift() ?? {};
    const [status, given] = Array.isArray(answer) ? (answer as [number, object]) : [200, answer];
    return Promise.resolve(new Response(JSON.stringify(given), { status }));
  });
});
const paths = () => sent.map(({ url }) => url.pathname + url.search);

it.each([
  [false, "/api/pmd/me", {}, "/api/pmd/me"],
  [false, "/api/pmd/me?a=1", { b: "2 3", a: "4" }, "/api/pmd/me?a=4&b=2+3"],
  [true, "/api/pmd/me", {}, "/api/pmd/me?target_sqid=you"],
  [true, "/api/pmd/me?a=1", {}, "/api/pmd/me?a=1&target_sqid=you"],
])(
  "a URL has its own query, what is given, and whose page a moderator looks at: %s %s",
  (moderates, url, query, is) => {
    Object.assign(config, { moderates });
    expect(apiUrl(url, query)).toBe(is);
  },
);

it.each([
  [404, "removed already, by another tab", undefined],
  [409, "in use", "In use."],
])("what is removed and is %i, %s: %s", async (status, _why, refusal) => {
  answers.push([status, { detail: "In use.", status }]);
  const said = await remove("/api/pmd/keys/7").catch((error: unknown) => (error as Error).message);
  expect([sent.map(({ method }) => method), paths(), said]).toEqual([["DELETE"], ["/api/pmd/keys/7"], refusal]);
});

it.each([
  ["active", null, "/api/pmd/posts?limit=64"],
  ["active", "x", "/api/pmd/posts?limit=512&cursor=x"],
  ["deleted", null, "/api/pmd/posts?limit=64&state=deleted"],
] as const)("the first page of posts is small: %s %s", async (state, cursor, path) => {
  answers.push({ items: [], next_cursor: null });
  await listPosts(state, cursor, signal).catch(() => undefined);
  expect(paths()).toEqual([path]);
});

describe("a refusal", () => {
  it.each([
    [401, {}, "expired"],
    [412, {}, "another"],
    [412, { type: "/pmd/problems#changed-since", detail: "Changed." }, "alive"],
    [403, {}, "alive"],
    [503, {}, "alive"],
  ])("of %i %j leaves the session so: %s", async (status, body, session) => {
    answers.push([status, body]);
    await expect(request(Changed, "GET", "/api/pmd/me")).rejects.toMatchObject({ status });
    expect(renderHook(() => useSession()).result.current).toBe(session);
    expect(sent).toHaveLength(1);
  });

  it("is what another version's answer is taken for, with the place in it", async () => {
    answers.push({ changed: "many" });
    const failed = request(Changed, "GET", "/api/pmd/me");
    await expect(failed).rejects.toBeInstanceOf(PMDError);
    await expect(failed).rejects.toMatchObject({ status: 502 });
    await expect(failed).rejects.toThrow(/different versions.*\(\w+\)$/);
  });
});

describe("pages of a list", () => {
  const pages = [
    { items: [1, 2], next_cursor: "b" },
    { items: [3], next_cursor: "c" },
    { items: [4, 5], next_cursor: null },
  ];
  it.each([
    [undefined, [1, 2, 3, 4, 5], [null, "b", "c"]],
    [2, [1, 2], [null]],
    [3, [1, 2, 3], [null, "b"]],
    [4, [1, 2, 3, 4, 5], [null, "b", "c"]],
  ])("are read to the end, or up to %s items", async (most, items, asked) => {
    const cursors: (string | null)[] = [];
    const pageAt = (cursor: string | null) => {
      cursors.push(cursor);
      return Promise.resolve(pages[cursors.length - 1] ?? { items: [], next_cursor: null });
    };
    expect([await allOf(pageAt, most), cursors]).toEqual([items, asked]);
  });

  it("are asked for from the cursor of the last", async () => {
    answers.push({ items: [], next_cursor: "h" }, { items: [], next_cursor: null });
    await listHides(signal);
    await listAudit(null, signal).catch(() => undefined);
    await listAudit("z", signal).catch(() => undefined);
    expect(paths()).toEqual([
      ...["/api/pmd/hides", "/api/pmd/hides?cursor=h"],
      ...["/api/pmd/audit?limit=50", "/api/pmd/audit?limit=50&cursor=z"],
    ]);
  });
});

describe("an edit", () => {
  const none = { addHashtags: [], removeHashtags: [] };
  it.each([
    [none, {}],
    [{ ...none, title: null }, { set: { title: null } }],
    [{ ...none, description: "" }, { set: { description: "" } }],
    [{ ...none, details: { ai_opt_out: false } }, { set: { ai_opt_out: false } }],
    [{ ...none, title: "A", description: "B" }, { set: { title: "A", description: "B" } }],
    [{ ...none, addHashtags: ["a"] }, { add_hashtags: ["a"] }],
    [{ ...none, removeHashtags: ["a"] }, { remove_hashtags: ["a"] }],
  ])("sends what it has, and nothing else: %j", async (change, body) => {
    answers.push({}, {});
    await edit(change, [1, 2]).catch(() => undefined);
    await edit(change, [3], '"7"').catch(() => undefined);
    expect(sent.map((each) => [each.method, each.url.pathname, each.body])).toEqual([
      ["POST", "/api/pmd/edit", { post_ids: [1, 2], ...body }],
      ["POST", "/api/pmd/edit", { post_ids: [3], ...body }],
    ]);
    expect(sent.map(({ headers }) => headers.get("If-Match"))).toEqual([null, '"7"']);
  });
});

it("a reason is sent where there is one, and every request says who looks", async () => {
  await act("hide", [1], "spam").catch(() => undefined);
  await act("hide", [1], "").catch(() => undefined);
  expect(sent.map(({ body }) => body)).toEqual([
    { action: "hide", post_ids: [1], reason: "spam" },
    { action: "hide", post_ids: [1] },
  ]);
  expect(sent.map(({ headers }) => headers.get("PMD-Viewer"))).toEqual(["me", "me"]);
});

it("a download is asked for by its key", async () => {
  const options = { send_email: true, include_comments: false, include_reactions: true, name: null };
  await requestDownload([4], options as never, "key-1").catch(() => undefined);
  const [{ body, headers }] = sent as [Sent];
  expect([body, headers.get("Idempotency-Key")]).toEqual([{ post_ids: [4], ...options }, "key-1"]);
});

it("the files of many posts are asked for in parts, and each is there once", async () => {
  answers.push({ asset_ids: [1, 2], left_out: [] }, { asset_ids: [2, 3], left_out: [] });
  const ids = Array.from({ length: 129 }, (_, index) => index);
  expect(await filesOfPosts(ids)).toEqual({ asset_ids: [1, 2, 3], left_out: [] });
  expect(sent.map(({ body }) => (body as { post_ids: number[] }).post_ids.length)).toEqual([128, 1]);
});

describe("a picture", () => {
  const file = "0123456789abcdef0123456789abcdef";
  it.each([
    [null, null],
    ["", null],
    ["https://cdn.test/a.png", "https://cdn.test/a.png"],
    ["http://cdn.test/a.png", "http://cdn.test/a.png"],
    ["javascript:alert(1)", null],
    ["/elsewhere/a.png", null],
    ["/vault/a.png", "/api/pmd/posts/1/art"],
    [`/vault/01/${file}.png`, "/api/pmd/posts/1/art?file=0123456789ab"],
    [`/vault/01/x${file}.png`, "/api/pmd/posts/1/art"],
  ])("%s is shown from %s", (art_url, source) => {
    expect(artSource(aPost(1, { art_url }))).toBe(source);
  });

  it.each([
    [100, 1000, "/vault/a.gif", true],
    [100, 1001, "/vault/a.gif", false],
    [null, 10, "/vault/a.gif", false],
    [10, null, "/vault/a.gif", false],
    [10, 10, "https://cdn.test/a.gif", false],
    [10, 10, null, false],
  ])("%s × %s from %s has a first frame of its own: %s", (width, height, art_url, has) => {
    const still = stillSource(aPost(1, { width, height, art_url }));
    expect(still).toBe(has ? "/api/pmd/posts/1/art?still=1" : null);
  });
});
