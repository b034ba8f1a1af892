import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Message } from "./messages";
import { canShare, sharedSource, type Source } from "./shared";

type Listener = (event: { data: unknown }) => void;
/** Letters arrive at once, at all other open channels of the name. */
const channels = new Map<FakeChannel, Listener>();
class FakeChannel {
  constructor(readonly name: string) {}
  addEventListener(_type: string, listener: Listener) {
    channels.set(this, listener);
  }
  postMessage(data: unknown) {
    if (!channels.has(this)) throw new Error("The channel is closed.");
    for (const [other, listener] of [...channels]) if (other !== this && other.name === this.name) listener({ data });
  }
  close() {
    channels.delete(this);
  }
}

/** The holder of the lock is first. */
let queue: { lead: () => Promise<void>; signal: AbortSignal }[];
const request = vi.fn((_name: string, { signal }: { signal: AbortSignal }, lead: () => Promise<void>) => {
  const waiting = { lead, signal };
  queue.push(waiting);
  return new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => {
      if (queue[0] !== waiting) {
        queue = queue.filter((each) => each !== waiting);
        reject(new DOMException("", "AbortError"));
      }
    });
    Object.assign(waiting, { resolve });
    if (queue.length === 1) grant();
  });
});
function grant(): void {
  const [first] = queue;
  void first?.lead().then(() => {
    queue.shift();
    grant();
  });
}

beforeEach(() => {
  queue = [];
  channels.clear();
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  vi.stubGlobal("navigator", { locks: { request } });
});
afterEach(() => vi.unstubAllGlobals());

const PAST: Message = { type: "opened" };
const NEWS: Message = { type: "connected" };
function tab(name = "one") {
  const heard: Message[] = [];
  const streams: { emit: (message: Message) => void; start: () => void; stop: () => void }[] = [];
  const source = sharedSource({
    name,
    open: (emit): Source => {
      const stream = { emit, start: vi.fn(), stop: vi.fn() };
      streams.push(stream);
      return stream;
    },
    replay: () => [PAST],
    onMessage: (message) => heard.push(message),
  });
  return { ...source, heard, streams };
}

describe("one stream for all tabs", () => {
  it("is that of the first, and the others hear what it hears", () => {
    const [first, second, stranger] = [tab(), tab(), tab("two")];
    for (const each of [first, second, stranger]) each.start();
    expect([first, second].map(({ streams }) => streams.length)).toEqual([1, 0]);
    expect(first.streams[0]?.start).toHaveBeenCalledOnce();
    first.streams[0]?.emit(NEWS);
    expect([first.heard, second.heard, stranger.heard]).toEqual([[NEWS], [PAST, NEWS], []]);
  });

  it("tells a new tab what it has missed, and only that one", () => {
    const [first, second, third] = [tab(), tab(), tab()];
    for (const each of [first, second, third]) each.start();
    expect([first.heard, second.heard, third.heard]).toEqual([[], [PAST], [PAST]]);
  });

  it("is taken over by the next tab once the first has ended", async () => {
    const [first, second, third] = [tab(), tab(), tab()];
    for (const each of [first, second, third]) each.start();
    first.stop();
    expect(first.streams[0]?.stop).toHaveBeenCalledOnce();
    await Promise.resolve();
    expect(second.streams).toHaveLength(1);
    second.streams[0]?.emit(NEWS);
    expect([second.heard.at(-1), third.heard.at(-1), first.heard]).toEqual([NEWS, NEWS, []]);
  });

  it("that was stopped may still speak to its own tab, which has left the channel", () => {
    const [first, second] = [tab(), tab()];
    for (const each of [first, second]) each.start();
    first.stop();
    expect(() => first.streams[0]?.emit(NEWS)).not.toThrow();
    expect([channels.size, second.heard]).toEqual([1, [PAST]]);
  });

  it("is not waited for any more by a tab that was stopped, which may start again", async () => {
    const [first, second] = [tab(), tab()];
    first.start();
    second.start();
    second.stop();
    await Promise.resolve();
    expect([queue.length, second.streams]).toEqual([1, []]);
    second.start();
    first.stop();
    await Promise.resolve();
    expect(second.streams).toHaveLength(1);
  });
});

it.each([
  [{ locks: {} }, FakeChannel, true],
  [{}, FakeChannel, false],
  [{ locks: {} }, undefined, false],
])("needs locks and channels: %#", (navigator, channel, can) => {
  vi.stubGlobal("navigator", navigator);
  vi.stubGlobal("BroadcastChannel", channel);
  expect(canShare()).toBe(can);
});
