// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import type { LiveEvent, Message } from "./messages";

type Emit = (message: Message) => void;
interface Page {
  canShare: boolean;
  over: boolean;
  shared: object;
  emit: (message: never) => void;
  onSession: () => void;
  failed: () => void;
}
const nothing = vi.hoisted(() => () => undefined);
const page = vi.hoisted((): Page => ({
  ...{ canShare: false, over: false, shared: {}, emit: nothing, onSession: nothing, failed: nothing },
}));
const done = vi.hoisted(() => ({
  ...{ start: vi.fn(), stop: vi.fn(), setSession: vi.fn(), retryNow: vi.fn(), probeSession: vi.fn(), open: vi.fn() },
}));
vi.mock("../client", () => ({
  probeSession: done.probeSession,
  apiUrl: (path: string, query: object) => path + JSON.stringify(query),
}));
vi.mock("../config", () => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "you" } } }));
vi.mock("../../platform/language", () => ({ language: "de" }));
vi.mock("../session", () => ({
  isSessionOver: () => page.over,
  onSessionChange: (listener: () => void) => (page.onSession = listener),
  setSession: done.setSession,
}));
vi.mock("./retry", () => ({ retryNow: done.retryNow }));
vi.mock("./shared", () => ({
  canShare: () => page.canShare,
  sharedSource: (options: { onMessage: Emit }) => {
    Object.assign(page, { shared: options, emit: options.onMessage });
    return { start: done.start, stop: done.stop };
  },
}));
vi.mock("./stream", () => ({
  EventStream: class {
    start = done.start;
    stop = done.stop;
    constructor(url: string, emit: Emit, failed: () => void) {
      done.open(url);
      Object.assign(page, { emit, failed });
    }
  },
}));

const { startLive, useConnection, useLiveItems, usePMDSSE } = await import("./live");
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(page, { canShare: false, over: false });
  done.probeSession.mockResolvedValue(undefined);
});
afterEach(cleanup);
const begin = () => {
  startLive();
  tell({ type: "lost" });
};
const tell = (message: Message) => act(() => (page.emit as Emit)(message));
const update = (id: string, data: unknown): Message => ({ type: "update", kind: "asset", id, data });

describe("the stream", () => {
  it("is open while the session lives, and again with a new one", () => {
    begin();
    const counts = () => [done.start.mock.calls.length, done.stop.mock.calls.length];
    const seen = [counts()];
    for (const over of [true, true, false]) {
      page.over = over;
      page.onSession();
      seen.push(counts());
    }
    expect([seen, done.open.mock.calls]).toEqual([
      [
        [1, 0],
        [1, 1],
        [1, 1],
        [2, 1],
      ],
      [['/api/pmd/sse{"language":"de"}']],
    ]);
  });

  it("is not opened without a session", () => {
    page.over = true;
    startLive();
    expect(done.start).not.toHaveBeenCalled();
  });

  it("asks why it has failed, and survives that answer", async () => {
    begin();
    done.probeSession.mockRejectedValue(new Error("Away."));
    page.failed();
    await settled();
    expect(done.probeSession).toHaveBeenCalledOnce();
  });

  it("is shared by the tabs of one viewer, subject and language", () => {
    page.canShare = true;
    begin();
    const { name, open, replay } = page.shared as {
      name: string;
      open: (emit: Emit) => object;
      replay: () => Message[];
    };
    tell({ type: "opened" });
    tell(update("1", "a"));
    open(vi.fn());
    expect([name, done.open.mock.calls.length, replay().some((each) => each.type === "update")]).toEqual([
      "pmd.live.me.you.de",
      1,
      true,
    ]);
  });

  it("ends the session on its word, and lets what waits try again once it is connected", () => {
    begin();
    tell({ type: "opened" });
    expect([done.setSession.mock.calls, done.retryNow.mock.calls.length]).toEqual([[], 0]);
    tell({ type: "connected" });
    tell({ type: "timeout" });
    expect([done.setSession.mock.calls, done.retryNow.mock.calls.length]).toEqual([[["expired"]], 1]);
  });

  it("says how it is connected", () => {
    begin();
    const { result } = renderHook(useConnection);
    tell({ type: "connection", connection: "live" });
    expect(result.current).toBe("live");
    tell({ type: "connection", connection: "waiting" });
    expect(result.current).toBe("waiting");
  });
});

it("gives a follower what it has missed of its kind, then what comes, until it leaves", () => {
  begin();
  tell({ type: "opened" });
  tell(update("1", { id: 1 }));
  tell({ type: "update", kind: "job", id: "9", data: { id: 9 } });
  const onEvent = vi.fn<(event: LiveEvent, isReplayed: boolean) => void>();
  const { unmount } = renderHook(() => usePMDSSE("asset", onEvent));
  const missed = onEvent.mock.calls.flatMap(([event, isReplayed]) => (isReplayed ? event.type : []));
  tell(update("2", { id: 2 }));
  tell({ type: "update", kind: "job", id: "9", data: { id: 9 } });
  expect([missed.includes("update"), onEvent.mock.lastCall]).toEqual([
    true,
    [{ type: "update", id: "2", data: { id: 2 } }, false],
  ]);
  const before = onEvent.mock.calls.length;
  unmount();
  tell(update("3", { id: 3 }));
  expect([onEvent.mock.calls.filter(([each]) => "id" in each && each.id === "9"), onEvent.mock.calls.length]).toEqual([
    [],
    before,
  ]);
});

describe("items of one kind", () => {
  const Item = v.object({ id: v.number(), name: v.string() });
  type Item = v.InferOutput<typeof Item>;
  const item = (id: number, name = "a") => ({ id: String(id), item: { id, name } });
  const onChange = vi.fn();
  const hooked = (listed: readonly { id: string; item: Item }[] | null) =>
    renderHook((now: typeof listed) => useLiveItems("asset", Item, now, onChange), { initialProps: listed });
  const names = (items: ReadonlyMap<string, Item> | null) => items && [...items.values()].map(({ name }) => name);

  it("are those that were listed, then what the stream says", () => {
    begin();
    tell({ type: "opened" });
    const { result, rerender } = hooked(null);
    tell({ type: "lost" });
    rerender([item(1)]);
    expect(names(result.current.items)).toEqual(["a"]);
    tell({ type: "opened" });
    tell(update("1", item(1, "b").item));
    tell({ type: "connected" });
    expect(onChange.mock.lastCall).toEqual([item(1, "b").item, expect.anything(), false]);
    expect([names(result.current.items), result.current.isLive]).toEqual([["b"], true]);
    act(() => {
      (page.emit as Emit)(update("1", item(1, "c").item));
      (page.emit as Emit)(update("1", item(1, "d").item));
    });
    expect(onChange.mock.calls.slice(-2)).toEqual([
      [item(1, "c").item, item(1, "b").item, true],
      [item(1, "d").item, item(1, "c").item, true],
    ]);
    expect(names(result.current.items)).toEqual(["d"]);
    tell({ type: "removed", kind: "asset", id: "1" });
    expect([names(result.current.items), [...result.current.gone]]).toEqual([[], ["1"]]);
  });

  it("of a newer service are not read, and nobody is told", () => {
    begin();
    const { result } = hooked([item(1)]);
    tell({ type: "opened" });
    tell(update("1", { id: "new" }));
    tell({ type: "connected" });
    expect([onChange.mock.calls, result.current.isLive]).toEqual([[], false]);
  });
});
