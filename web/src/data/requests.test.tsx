// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PMDError } from "@pmd/client";
import { aPost } from "../testing/posts";
import { settled } from "../testing/settled";
import { broadcastStep, listenToOtherTabs } from "./changes/tabs";
import { madeWords, makeDrafts } from "./drafts";
import { useFirstDay, useFirstDayHidden } from "./firstDay";
import { sendAnswer, useHides } from "./hides";
import { isArchive, openImport, requestImport, useBringsArchives, useImport, useImports } from "./imports/imports";
import { createLink, listLinks, useLinks, withdrawLink } from "./links/api";
import { settleReports, useReported, useReports } from "./moderation/reports";
import { putRule, usualRule, useRule } from "./publishing/rule";

interface Options {
  query?: object;
  body?: object;
  idempotencyKey?: string;
  headers?: object;
}
const service = vi.hoisted(() => ({
  ...{ answer: vi.fn(), call: vi.fn(), answerHide: vi.fn(), listHides: vi.fn(), write: vi.fn() },
  sent: [] as unknown[][],
}));
const page = vi.hoisted(() => ({
  ...{ moderates: false, name: "settings", section: "data" },
  live: new Map<string, unknown>(),
  ...{ go: vi.fn(), invalidate: vi.fn(), setData: vi.fn(), change: vi.fn(), refetch: vi.fn() },
  posts: new Map<string, object>(),
  /** The tabs of the site, by the name of their channel. */
  tabs: [] as { name: string; posted: unknown[]; hear: (event: { data: unknown }) => void }[],
}));
vi.hoisted(() => {
  class Channel {
    posted: unknown[] = [];
    hear: (event: { data: unknown }) => void = () => undefined;
    constructor(readonly name: string) {
      page.tabs.push(this);
    }
    postMessage = (step: unknown) => this.posted.push(step);
    addEventListener = (_type: string, listener: typeof this.hear) => (this.hear = listener);
  }
  vi.stubGlobal("BroadcastChannel", Channel);
});
vi.mock("./client", () => ({
  ...{ call: service.call, answerHide: service.answerHide, listHides: service.listHides },
  remove: (path: string) => service.call("DELETE", path) as unknown,
  request: async (
    _schema: unknown,
    method: string,
    path: string,
    { query, body, idempotencyKey, headers }: Options = {},
  ) => {
    service.sent.push([method, path, body ?? query, idempotencyKey ?? headers].filter((each) => each !== undefined));
    return (await service.answer(body ?? query)) as unknown;
  },
  allOf: async (pageAt: (cursor: string | null) => Promise<{ items: unknown[] }>) => [
    ...(await pageAt(null)).items,
    ...(await pageAt("next")).items,
  ],
}));
vi.mock("./config", () => ({
  config: { viewer: { sqid: "me" }, subject: { sqid: "you" } },
  get moderates() {
    return page.moderates;
  },
}));
vi.mock("./queries", () => ({
  byCursor: { initialPageParam: null, getNextPageParam: ({ next_cursor: next }: { next_cursor: string }) => next },
  refresher: () => () => undefined,
  queryClient: { invalidateQueries: page.invalidate, setQueryData: page.setData },
}));
vi.mock("./seen", () => ({ writeSeen: service.write }));
vi.mock("./posts", () => ({
  ...{ changeCachedPosts: page.change, refetchPosts: page.refetch },
  usePosts: (state: string, isWanted = true) => (isWanted ? page.posts.get(state) : { posts: [], isComplete: false }),
}));
vi.mock("./live/useLiveList", () => ({
  useLiveList: (options: object) => {
    page.live = new Map(Object.entries(options));
    return { all: "all", items: "newest", error: null, retry: "again" };
  },
}));
vi.mock("../platform/address", () => ({
  go: page.go,
  usePageName: () => page.name,
  useParameters: () => ({ section: page.section }),
}));

beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  service.sent = [];
  Object.assign(page, { moderates: false, name: "settings", section: "data" });
});
afterEach(cleanup);
const hooked = async <T,>(use: () => T) => {
  const client = new QueryClient({ defaultOptions: { queries: { retryDelay: 0 } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result, rerender } = renderHook(use, { wrapper });
  await settled();
  return { result, rerender };
};

describe("drafts", () => {
  it("are made of any number of files, each request with its own key", async () => {
    const ids = Array.from({ length: 1025 }, (_, index) => index + 1);
    service.answer.mockImplementation(({ asset_ids: part }: { asset_ids: number[] }) => ({
      items: part,
      made_count: 1,
    }));
    expect(await makeDrafts(ids)).toEqual({ items: ids, made_count: 2 });
    const [first, second] = service.sent as [string, string, { asset_ids: number[] }, string][];
    expect([first?.slice(0, 2), first?.[2].asset_ids.length, second?.[2]]).toEqual([
      ["POST", "/api/pmd/drafts"],
      1024,
      { asset_ids: [1025] },
    ]);
    expect(first?.[3]).not.toBe(second?.[3]);
  });

  it.each([
    [1, 1, "1 draft made."],
    [3, 2, "2 drafts made. 1 file is a draft or a post already."],
    [3, 0, "0 drafts made. 3 files are a draft or a post already."],
  ])("are told: of %i files %i", (count, made_count, words) => {
    expect(madeWords({ items: Array.from({ length: count }, () => ({}) as never), made_count })).toBe(words);
  });
});

describe("imports", () => {
  it.each([
    ["pixels.ZIP", true],
    ["pixels.zip.png", false],
  ])("read archives, by their name: %s, %s", (name, isRead) => {
    expect(isArchive(name)).toBe(isRead);
  });

  it("are asked for with a key, and their form where one was chosen", async () => {
    await requestImport(7, "key");
    await requestImport(7, "key", "mastodon");
    expect(service.sent).toEqual(
      [null, "mastodon"].map((form) => ["POST", "/api/pmd/imports", { asset_id: 7, form }, "key"]),
    );
  });

  it("are a live list, and one of them is read where it is wanted", async () => {
    const onChange = vi.fn();
    expect((await hooked(() => useImports(onChange))).result.current).toEqual({
      imports: "all",
      error: null,
      retry: "again",
    });
    const { kind, queryKey, pollMs, queryFn } = Object.fromEntries(page.live) as { queryFn: (given: object) => Promise<unknown> } & Record<string, unknown>; // prettier-ignore
    await queryFn({});
    expect([kind, queryKey, pollMs, page.live.get("onChange"), service.sent]).toEqual([
      "import",
      ["imports"],
      5000,
      onChange,
      [["GET", "/api/pmd/imports"]],
    ]);
    await hooked(() => useImport(7, false));
    expect(service.sent).toHaveLength(1);
    service.answer.mockResolvedValue({ id: 7 });
    expect((await hooked(() => useImport(7, true))).result.current.data).toEqual({ id: 7 });
    expect(service.sent[1]).toEqual(["GET", "/api/pmd/imports/7"]);
  });

  it.each([
    [new PMDError(503, "Away."), 2],
    [new PMDError(404, "Gone."), 1],
    [new Error("Ours."), 1],
  ])("are asked for again once where that may help: %s", async (error, times) => {
    service.answer.mockRejectedValue(error);
    const { result } = await hooked(() => useImport(7, true));
    await settled();
    await settled();
    expect([service.sent.length, result.current.error]).toEqual([times, error]);
  });

  it("have an address, and a page that takes archives", () => {
    openImport(7);
    expect(page.go.mock.calls).toEqual([["settings", { section: "data", import: 7 }]]);
    const brings = () => renderHook(useBringsArchives).result.current;
    const seen = [brings()];
    page.section = "account";
    seen.push(brings());
    Object.assign(page, { section: "data", name: "posts" });
    expect([...seen, brings()]).toEqual([true, false, false]);
  });
});

describe("links", () => {
  it("are made, listed and withdrawn at the address of what is shared", async () => {
    service.answer.mockResolvedValue({ items: ["link"] });
    await createLink("packs/3", { days: 7 } as never, "key");
    await createLink("packs/3", { days: 7 } as never);
    expect(await listLinks("bdr/x")).toEqual(["link"]);
    await withdrawLink("packs/3", 5);
    const { result } = await hooked(() => useLinks("packs/4"));
    const [, , , other] = service.sent[1] as string[];
    expect([result.current.data, service.sent, service.call.mock.calls]).toEqual([
      ["link"],
      [
        ["POST", "/api/pmd/packs/3/links", { days: 7 }, "key"],
        ["POST", "/api/pmd/packs/3/links", { days: 7 }, other],
        ["GET", "/api/pmd/bdr/x/links"],
        ["GET", "/api/pmd/packs/4/links"],
      ],
      [["DELETE", "/api/pmd/packs/3/links/5"]],
    ]);
    expect([typeof other, other === "key"]).toEqual(["string", false]);
  });
});

describe("what moderators need", () => {
  it("are the reports page by page, and settling them", async () => {
    service.answer.mockImplementation((query?: { cursor?: string }) => ({
      items: [query?.cursor],
      next_cursor: query?.cursor ? null : "next",
    }));
    const { result } = await hooked(() => {
      const { hasNextPage, fetchNextPage } = useReports();
      return { hasNextPage, fetchNextPage };
    });
    await result.current.fetchNextPage();
    await settled();
    expect([result.current.hasNextPage, service.sent]).toEqual([
      false,
      [
        ["GET", "/api/pmd/post-reports", { limit: "50" }],
        ["GET", "/api/pmd/post-reports", { limit: "50", cursor: "next" }],
      ],
    ]);
    await settleReports({ post_ids: [1] } as never);
    expect(service.sent[2]).toEqual(["POST", "/api/pmd/post-reports/settle", { post_ids: [1] }]);
  });

  it("are the posts that were reported, and nothing in one's own library", async () => {
    expect([[...(await hooked(useReported)).result.current], service.sent]).toEqual([[], []]);
    cleanup();
    page.moderates = true;
    service.answer.mockImplementation((query: { cursor?: string }) => ({ items: [{ post_id: query.cursor ? 2 : 1 }] }));
    expect([...(await hooked(useReported)).result.current]).toEqual([1, 2]);
    expect(service.sent.map(([, , query]) => query)).toEqual([{ limit: "128" }, { limit: "128", cursor: "next" }]);
  });

  it("is why posts were hidden, asked for where one is; an answer is known at once", async () => {
    service.listHides.mockResolvedValue([{ post_id: 1, reason: "Blood" }, { post_id: 2, reason: "Spam" }]); // prettier-ignore
    expect([(await hooked(() => useHides(false))).result.current.size, service.listHides.mock.calls]).toEqual([0, []]);
    expect((await hooked(() => useHides(true))).result.current.get(2)).toEqual({ post_id: 2, reason: "Spam" });
    service.answerHide.mockResolvedValue({ post_id: 2, answer: "Sorry." });
    await sendAnswer(2, "Sorry.");
    const [key, change] = page.setData.mock.lastCall as [unknown, (all?: object[]) => unknown];
    expect([service.answerHide.mock.calls, key, change([{ post_id: 1 }, { post_id: 2 }]), change()]).toEqual([
      [[2, "Sorry."]],
      ["hides"],
      [{ post_id: 1 }, { post_id: 2, answer: "Sorry." }],
      undefined,
    ]);
  });
});

describe("the publishing rule", () => {
  it("is read, and written as it was read with what was changed; it is read again whatever came of it", async () => {
    service.answer.mockResolvedValue(usualRule);
    expect((await hooked(useRule)).result.current.data).toEqual(usualRule);
    const edit = { seen: { is_on: false }, to: { is_on: true } };
    service.write.mockImplementationOnce((_of, _edit, write: (now: object, options: object) => unknown) =>
      write({ ...usualRule, times: ["09:00"] }, { headers: { "If-Match": "1" } }),
    );
    await putRule(edit);
    expect([service.write.mock.calls[0]?.slice(0, 2), service.sent[1]]).toMatchObject([
      [{ url: "/api/pmd/publishing" }, edit],
      ["PUT", "/api/pmd/publishing", { ...usualRule, times: ["09:00"], is_on: true }, { "If-Match": "1" }],
    ]);
    service.write.mockRejectedValueOnce(new PMDError(412, "Changed."));
    await expect(putRule(edit)).rejects.toThrow("Changed.");
    expect(page.invalidate.mock.calls).toEqual(Array(2).fill([{ queryKey: ["desk", "rule"] }]));
  });
});

describe("the first day", () => {
  const none = { posts: [], isComplete: true };
  const some = { posts: [1], isComplete: true };
  it.each([
    ["nobody has posts", none, none, true],
    ["there are posts", some, none, false],
    ["the posts are not known yet", { ...none, isComplete: false }, none, false],
    ["all posts are deleted", none, some, false],
    ["the deleted ones are not known yet", none, { ...none, isComplete: false }, null],
    ["the deleted ones cannot be had", none, { ...none, failure: {} }, false],
  ])("is where %s", (_, active, deleted, isFirst) => {
    page.posts = new Map([["active", active], ["deleted", deleted]]); // prettier-ignore
    expect(renderHook(useFirstDay).result.current).toBe(isFirst);
  });

  it("is over where it was hidden, and is none of a moderator's", () => {
    page.posts = new Map([["active", none], ["deleted", none]]); // prettier-ignore
    page.moderates = true;
    expect(renderHook(useFirstDay).result.current).toBe(false);
    page.moderates = false;
    const { result } = renderHook(() => ({ hide: useFirstDayHidden()[1], isFirst: useFirstDay() }));
    expect(result.current.isFirst).toBe(true);
    act(() => result.current.hide(true));
    expect([result.current.isFirst, localStorage.getItem("pmd.first-day.you")]).toEqual([false, "true"]);
  });
});

it("tells the viewer's other tabs what has changed, and does what they tell", () => {
  const [tab] = page.tabs;
  const step = { change: { kind: "hide" }, ids: [1, 2] };
  broadcastStep(step as never);
  expect([tab?.name, tab?.posted]).toEqual(["pmd.posts.me.you", [step]]);
  listenToOtherTabs();
  tab?.hear({ data: { change: {}, ids: [1] } });
  expect([page.change.mock.calls, page.refetch.mock.calls]).toEqual([[], []]);
  tab?.hear({ data: step });
  const [ids, change] = page.change.mock.lastCall as [Set<number>, (post: object) => object];
  expect([[...ids], change(aPost(1))]).toMatchObject([[1, 2], { hidden_by_user: true, hidden_by_mod: false }]);
  tab?.hear({ data: { ...step, change: { kind: "restore" } } });
  expect([page.change.mock.calls.length, page.refetch.mock.calls.length]).toEqual([1, 1]);
});
