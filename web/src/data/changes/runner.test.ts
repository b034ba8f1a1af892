// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { act as react, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { aPost } from "../../testing/posts";
import { held, settled } from "../../testing/settled";
import { StaleError } from "../../ui/edits";
import type { Post } from "../schema";
import type { Change, Step } from "./changes";

const service = vi.hoisted(() => ({ act: vi.fn(), edit: vi.fn(), setLicense: vi.fn() }));
const posts = vi.hoisted(() => ({ changeCachedPosts: vi.fn(), restoreCachedPosts: vi.fn(), refetchPosts: vi.fn() }));
const toast = vi.hoisted(() => ({ success: vi.fn(), info: vi.fn(), error: vi.fn(), dismiss: vi.fn() }));
const tellStale = vi.hoisted(() => vi.fn());
const writeSeen = vi.hoisted(() => vi.fn());
const config = vi.hoisted(() => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "me" } }, moderates: false }));
const broadcastStep = vi.hoisted(() => vi.fn());
const refreshHides = vi.hoisted(() => vi.fn());
const bulk = vi.hoisted(() => ({ forgetBulkUndo: vi.fn(), undoLastBulkChange: vi.fn(() => false) }));
const retries = vi.hoisted(() => ({ scheduleRetry: vi.fn() }));
const announce = vi.hoisted(() => vi.fn());
const address = vi.hoisted(() => ({ currentPage: vi.fn(() => "posts"), go: vi.fn(), setParameters: vi.fn() }));
vi.mock("../client", () => service);
vi.mock("../posts", () => posts);
vi.mock("../config", () => config);
vi.mock("../queries", () => ({ useLicenses: () => ({ data: { items: [{ id: 7, identifier: "CC0-1.0" }] } }) }));
vi.mock("../seen", () => ({ writeSeen }));
vi.mock("../hides", () => ({ refreshHides }));
vi.mock("../live/retry", () => retries);
vi.mock("../../platform/address", () => address);
vi.mock("../../ui/announce", () => ({ announce }));
vi.mock("../../ui/toast", () => ({ toast, tellStale, UNDO_MS: 9 }));
vi.mock("./bulk", () => bulk);
vi.mock("./tabs", () => ({ broadcastStep }));

type Toasted = [text: string, options: { action: { onClick: () => void } | null; more?: unknown; duration?: number }];
const told = (tone: "success" | "info" = "success") => toast[tone].mock.lastCall as Toasted;

async function changesOf(...known: Post[]) {
  const { useBulkChanges } = await import("./runner");
  const byId = new Map(known.map((post) => [post.id, post]));
  return renderHook(() => useBulkChanges(byId)).result;
}
const many = (count: number) => Array.from({ length: count }, (_, index) => aPost(index + 1));
const idsOf = (some: readonly Post[]) => some.map(({ id }) => id);

beforeEach(() => {
  vi.resetAllMocks();
  sessionStorage.clear();
  Object.assign(config, { moderates: false });
  address.currentPage.mockReturnValue("posts");
  retries.scheduleRetry.mockImplementation((_: number, go: () => void) => ({ at: 5, stop: vi.fn(), go }));
  toast.success.mockReturnValue(31);
});

describe("a change", () => {
  const edit = { title: "New", addHashtags: [], removeHashtags: [] };
  const sent: [Change, Partial<Step>, "act" | "edit" | "setLicense", unknown[]][] = [
    [{ kind: "hide", reason: "asked" }, {}, "act", ["hide", [1], "asked"]],
    [{ kind: "license", license: { id: 7, identifier: "CC0-1.0" } }, {}, "setLicense", [7, [1]]],
    [{ kind: "license", license: null }, {}, "setLicense", [null, [1]]],
    [{ kind: "edit", edit }, { seen: '"3"' }, "edit", [edit, [1], '"3"']],
  ];
  it.each(sent)("is sent by the call of its kind: %j", async (change, part, name, args) => {
    const changes = await changesOf(aPost(1));
    react(() => changes.current.startSteps([{ change, ids: [1], ...part }]));
    await settled();
    expect(service[name].mock.calls).toEqual([args]);
    expect(writeSeen).not.toHaveBeenCalled();
  });

  it("of a cell overwrites only what was seen of it", async () => {
    const changes = await changesOf(aPost(1));
    react(() => changes.current.startSteps([{ change: { kind: "edit", edit }, ids: [1], from: { title: "Old" } }]));
    await settled();
    const [thing, made, write] = writeSeen.mock.lastCall as [{ url: string }, object, (...all: unknown[]) => unknown];
    expect([thing.url, made]).toEqual(["/api/pmd/posts/1", { seen: { title: "Old" }, to: { title: "New" } }]);
    write({}, { headers: { "If-Match": '"9"' } });
    expect(service.edit.mock.calls).toEqual([[edit, [1], '"9"']]);
  });

  it("is shown at once, confirmed request by request, and says how far it is", async () => {
    const known = many(130);
    const second = held();
    service.act.mockResolvedValueOnce(undefined).mockReturnValueOnce(second.promise);
    const changes = await changesOf(...known);
    react(() => changes.current.start({ kind: "hide" }, idsOf(known)));
    expect(changes.current.pending.size).toBe(130);
    await settled();
    expect([...changes.current.pending.keys()]).toEqual([129, 130]);
    const [ids, change] = posts.changeCachedPosts.mock.lastCall as [Set<number>, (post: Post) => Post];
    expect([ids.size, change(aPost(1))]).toEqual([128, aPost(1, { hidden_by_user: true })]);
    expect(broadcastStep.mock.lastCall).toEqual([{ change: { kind: "hide" }, ids: idsOf(known).slice(0, 128) }]);
    expect(announce).toHaveBeenLastCalledWith("Hiding 130 posts: 128 done");
    const leaves = new Event("beforeunload", { cancelable: true });
    expect(window.dispatchEvent(leaves)).toBe(false);
    second.go();
    await settled();
    expect([changes.current.job, told()[0], told()[1].duration]).toEqual([null, "130 posts hidden.", 9]);
    expect(window.dispatchEvent(new Event("beforeunload", { cancelable: true }))).toBe(true);
    expect([bulk.forgetBulkUndo.mock.calls.length, refreshHides.mock.calls.length]).toEqual([1, 0]);
  });

  it("of one post is not announced; moderators' reasons are read anew where they hide", async () => {
    Object.assign(config, { moderates: true });
    const changes = await changesOf(aPost(1));
    for (const [kind, reads] of [
      ["hide", 1],
      ["unhide", 2],
      ["delete", 2],
    ] as const) {
      react(() => changes.current.start({ kind }, [1]));
      await settled();
      expect(refreshHides).toHaveBeenCalledTimes(reads);
    }
    expect(announce).not.toHaveBeenCalled();
  });

  it("of nothing is none", async () => {
    const changes = await changesOf(aPost(1));
    react(() => changes.current.start({ kind: "hide" }, []));
    expect([changes.current.job, toast.success.mock.calls]).toEqual([null, []]);
  });
});

describe("its end", () => {
  it("offers to undo what has changed, and nothing else", async () => {
    const changes = await changesOf(aPost(1), aPost(2, { hidden_by_user: true }));
    react(() => changes.current.start({ kind: "hide" }, [1, 2]));
    await settled();
    expect(told()[0]).toBe("1 post hidden. 1 was already hidden.");
    react(() => told()[1].action?.onClick());
    await settled();
    expect(service.act.mock.lastCall).toEqual(["unhide", [1], undefined]);
    expect([toast.dismiss.mock.lastCall, told()]).toEqual([[31], ["1 post visible again.", { action: null }]]);
    react(() => changes.current.undoLast());
    await settled();
    expect(service.act).toHaveBeenCalledTimes(2);
  });

  it("says that nothing has changed, without an undo", async () => {
    const changes = await changesOf(aPost(2, { hidden_by_user: true }));
    react(() => changes.current.start({ kind: "hide" }, [2]));
    await settled();
    expect([told("info"), toast.success.mock.calls]).toEqual([["1 was already hidden.", { action: null }], []]);
  });

  it.each([
    ["posts", [["posts", { status: "moderated" }, "status"]], []],
    ["library", [], [["posts", { status: "moderated" }]]],
  ])("leads an artist to what a moderator keeps hidden, from %s", async (page, set, gone) => {
    address.currentPage.mockReturnValue(page);
    const changes = await changesOf(aPost(1, { hidden_by_mod: true, hidden_by_user: true }));
    react(() => changes.current.start({ kind: "unhide" }, [1]));
    await settled();
    react(() => told("info")[1].action?.onClick());
    expect([address.setParameters.mock.calls, address.go.mock.calls]).toEqual([set, gone]);
  });

  it("offers that beside the undo where others were shown, and not to moderators", async () => {
    const hidden = { hidden_by_user: true, hidden_by_mod: true };
    for (const [moderates, more] of [
      [false, "See why"],
      [true, undefined],
    ] as const) {
      Object.assign(config, { moderates });
      const one = moderates ? { hidden_by_mod: true } : { hidden_by_user: true };
      const changes = await changesOf(aPost(1, hidden), aPost(2, one));
      react(() => changes.current.start({ kind: "unhide" }, [1, 2]));
      await settled();
      expect((told()[1].more as { label: string } | null)?.label).toBe(more);
    }
  });

  it("of an undo by key is the last change's, or that of a filter's posts before it", async () => {
    const changes = await changesOf(aPost(1));
    react(() => changes.current.start({ kind: "delete" }, [1]));
    await settled();
    bulk.undoLastBulkChange.mockReturnValueOnce(true);
    react(() => changes.current.undoLast());
    expect(changes.current.job).toBeNull();
    react(() => changes.current.undoLast());
    await settled();
    expect(service.act.mock.lastCall).toEqual(["restore", [1], undefined]);
    expect(posts.restoreCachedPosts.mock.lastCall).toEqual([[aPost(1)]]);
    expect(posts.refetchPosts).not.toHaveBeenCalled();
  });

  it("reads the posts anew where one comes back that is not known", async () => {
    const changes = await changesOf(aPost(1));
    react(() => changes.current.start({ kind: "restore" }, [1, 2]));
    await settled();
    expect([posts.refetchPosts.mock.calls.length, posts.restoreCachedPosts.mock.calls.length]).toEqual([1, 0]);
  });
});

describe("while one runs", () => {
  const retitled = (title: string) => ({ kind: "edit", edit: { title, addHashtags: [], removeHashtags: [] } }) as const;

  it("edits wait their turn, and no longer trust what was seen of the same post", async () => {
    const first = held();
    service.edit.mockReturnValueOnce(first.promise);
    const changes = await changesOf(aPost(1), aPost(2));
    react(() => changes.current.start(retitled("A"), [1]));
    react(() => changes.current.startSteps([{ change: retitled("B"), ids: [1], from: { title: "Artwork 1" } }]));
    react(() => changes.current.startSteps([{ change: retitled("C"), ids: [2], from: { title: "Artwork 2" } }]));
    react(() => changes.current.start({ kind: "hide" }, [2]));
    expect(service.edit).toHaveBeenCalledTimes(1);
    first.go();
    await settled();
    expect(service.edit.mock.calls.map(([edit]) => (edit as { title: string }).title)).toEqual(["A", "B"]);
    expect(writeSeen.mock.calls.map(([, made]) => made as unknown)).toEqual([
      { seen: { title: "Artwork 2" }, to: { title: "C" } },
    ]);
    expect([service.act.mock.calls, changes.current.job]).toEqual([[], null]);
  });

  it("a stop ends it after the request that is under way, with what waits", async () => {
    const first = held();
    service.edit.mockReturnValueOnce(first.promise);
    const known = many(130);
    const changes = await changesOf(...known);
    react(() => changes.current.start(retitled("A"), idsOf(known)));
    react(() => changes.current.start(retitled("B"), [1]));
    react(() => changes.current.stop());
    first.go();
    await settled();
    expect([service.edit.mock.calls.length, changes.current.job, told()[0]]).toEqual([1, null, "128 posts edited."]);
    react(() => changes.current.start({ kind: "hide" }, [1]));
    await settled();
    expect(told()[0]).toBe("1 post hidden."); // the stop was of that one only
  });

  it("what others have written in the cell stays, and the user's own is one press away", async () => {
    const now = aPost(1, { title: "Theirs" });
    writeSeen.mockRejectedValueOnce(new StaleError(now, ["title"]));
    const changes = await changesOf(aPost(1));
    react(() => changes.current.startSteps([{ change: retitled("Mine"), ids: [1], from: { title: "Artwork 1" } }]));
    await settled();
    expect([changes.current.job, posts.restoreCachedPosts.mock.lastCall]).toEqual([null, [[now]]]);
    const [theirs, mine, keep] = tellStale.mock.lastCall as [string, string, () => void];
    expect([theirs, mine]).toEqual(["Theirs", "Mine"]);
    react(keep);
    await settled();
    expect(service.edit.mock.lastCall).toEqual([retitled("Mine").edit, [1], undefined]);
    react(() => told()[1].action?.onClick());
    await settled();
    expect((service.edit.mock.lastCall as [{ title: string }])[0].title).toBe("Theirs");
  });
});

describe("a failure", () => {
  const unreachable = () => new PMDError(503, "Away");
  const known = many(130);
  const start = async (error: PMDError) => {
    service.act.mockResolvedValueOnce(undefined).mockRejectedValueOnce(error);
    const changes = await changesOf(...known);
    react(() => changes.current.start({ kind: "hide" }, idsOf(known)));
    await settled();
    return changes;
  };

  it("that passes is tried again by itself, later each time", async () => {
    const changes = await start(unreachable());
    expect(announce).toHaveBeenLastCalledWith("Stopped after 128: Away");
    expect(changes.current.job).toMatchObject({
      status: "paused",
      stepsDone: 1,
      error: { isPassing: true, retryAt: 5 },
    });
    expect(window.dispatchEvent(new Event("beforeunload", { cancelable: true }))).toBe(true);
    service.act.mockRejectedValueOnce(unreachable());
    for (const failures of [0, 1]) {
      const [count, go] = retries.scheduleRetry.mock.lastCall as [number, () => void];
      expect(count).toBe(failures);
      react(go);
      await settled();
    }
    expect([changes.current.job, told()[0]]).toEqual([null, "130 posts hidden."]);
    expect(posts.refetchPosts).not.toHaveBeenCalled();
  });

  it("begins to count anew after a request that succeeded", async () => {
    const more = many(300);
    service.act
      .mockRejectedValueOnce(unreachable())
      .mockResolvedValueOnce(undefined)
      .mockRejectedValueOnce(unreachable());
    const changes = await changesOf(...more);
    react(() => changes.current.start({ kind: "hide" }, idsOf(more)));
    await settled();
    react(() => void changes.current.resume());
    await settled();
    expect(retries.scheduleRetry.mock.calls.map(([count]) => count as number)).toEqual([0, 0]);
    react(() => changes.current.stop());
  });

  it.each([
    [[1, 129], "1 post no longer exists and was left out.", [129]],
    [[1], "2 posts no longer exist and were left out.", null],
    [[1, 129, 130], null, [129, 130]],
  ])("that does not pass waits for the user, who goes on without posts that are gone: %j", async (left, said, sent) => {
    const changes = await start(new PMDError(404, "Gone"));
    expect(retries.scheduleRetry).not.toHaveBeenCalled();
    posts.refetchPosts.mockResolvedValueOnce(left.map((id) => aPost(id)));
    react(() => void changes.current.resume());
    await settled();
    expect(toast.info.mock.calls.map(([text]) => text as string)).toEqual(said === null ? [] : [said]);
    expect(service.act.mock.calls.slice(2).map(([, ids]) => ids as number[])).toEqual(sent === null ? [] : [sent]);
    expect(changes.current.job).toBeNull();
  });

  it.each([
    ["resumed once more", "resume", ["hide 2"]],
    ["stopped", "stop", []],
    ["reverted", "revert", ["unhide 128", "unhide 2"]],
  ] as const)("goes on once at most where it is %s while the posts are read", async (_, meanwhile, sent) => {
    const changes = await start(new PMDError(404, "Gone"));
    const read = held();
    posts.refetchPosts.mockImplementation(() => read.promise.then(() => known));
    react(() => void changes.current.resume());
    react(() => void changes.current[meanwhile]());
    read.go();
    await settled();
    const calls = service.act.mock.calls.slice(2) as [kind: string, ids: number[]][];
    expect(calls.map(([kind, { length }]) => `${kind} ${length}`)).toEqual(sent);
  });

  it("of a change that is stopped leaves what was done, with its undo", async () => {
    const changes = await start(unreachable());
    const { value } = retries.scheduleRetry.mock.results[0] as { value: { stop: () => void } };
    react(() => changes.current.stop());
    await settled();
    expect([changes.current.job, told()[0]]).toEqual([null, "128 posts hidden."]);
    expect(value.stop).toHaveBeenCalled();
    react(() => told()[1].action?.onClick());
    await settled();
    expect(service.act.mock.calls.slice(2)).toEqual([["unhide", idsOf(known).slice(0, 128), undefined]]);
  });

  it("of a first request that is stopped says nothing: nothing was done", async () => {
    service.act.mockRejectedValueOnce(unreachable());
    const changes = await changesOf(aPost(1));
    react(() => changes.current.start({ kind: "hide" }, [1]));
    await settled();
    react(() => changes.current.stop());
    expect([changes.current.job, toast.success.mock.calls, toast.info.mock.calls]).toEqual([null, [], []]);
  });

  it("is reverted with the request that nobody answered", async () => {
    const changes = await start(unreachable());
    react(() => changes.current.revert());
    await settled();
    expect(service.act.mock.calls.slice(2).flatMap(([kind, ids]) => [kind, (ids as number[]).length] as const)).toEqual(
      [...["unhide", 128], ...["unhide", 2]],
    );
  });

  it("is reverted without a request where nothing was to change", async () => {
    service.act.mockRejectedValueOnce(unreachable());
    const changes = await changesOf(aPost(1, { hidden_by_user: true }));
    react(() => changes.current.start({ kind: "hide" }, [1]));
    await settled();
    react(() => changes.current.revert());
    await settled();
    expect([told("info")[0], service.act.mock.calls.length]).toEqual([
      "Nothing to undo: these posts have not changed.",
      1,
    ]);
  });

  it("is neither resumed nor reverted while it runs", async () => {
    const asked = held();
    service.act.mockReturnValueOnce(asked.promise);
    const changes = await changesOf(aPost(1));
    react(() => changes.current.start({ kind: "hide" }, [1]));
    react(() => void changes.current.resume());
    react(() => changes.current.revert());
    await settled();
    expect(service.act).toHaveBeenCalledTimes(1);
    asked.go();
    await settled();
  });
});

it("goes on after a reload where the page was left", async () => {
  const change = { kind: "hide" } as const;
  const steps = [
    { change, ids: [1] },
    { change, ids: [2] },
  ];
  const { readRun, writeRun } = await import("./stored");
  const undo = [{ change: { kind: "unhide" } as const, ids: [1, 2] }];
  writeRun({ job: { change, steps, stepsDone: 1, status: "running", error: null }, undo, isUndo: false });
  vi.resetModules();
  const changes = await changesOf(aPost(1), aPost(2));
  expect(changes.current.job).toMatchObject({ status: "paused", stepsDone: 1 });
  react(() => void changes.current.resume());
  await settled();
  expect([service.act.mock.calls, told()[0]]).toEqual([[["hide", [2], undefined]], "2 posts hidden."]);
  expect(readRun()).toBeNull();
});
