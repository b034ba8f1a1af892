import { describe, expect, it, vi } from "vitest";

import { assetOf } from "../../testing/assets";
import { held, settled } from "../../testing/settled";
import { indexIn } from "../../platform/selection";
import type { Asset } from "../../data/assets/schema";
import { AssetList, RETRY_MS, WINDOW } from "./windows";

const facets = { state: [], type: [], provenance: [], theme: [], rating: [], label: [] };

const pageOf = (items: Asset[], hasMore = false) => ({
  items,
  next_cursor: hasMore ? "more" : null,
  did_you_mean: null,
});
const pieceOf = (files: Asset[], offset: number, limit: number) =>
  pageOf(files.slice(offset, offset + limit), offset + limit < files.length);
const counted = (files: Asset[]) => () => Promise.resolve({ total_count: files.length, facets });

/** A service with so many files, which notes what it is asked for. */
function service(count: number) {
  const files = Array.from({ length: count }, (_, id) => assetOf({ id: id + 1 }));
  const asked: number[] = [];
  const fetch = (offset: number, limit: number) => {
    asked.push(offset);
    return Promise.resolve(pieceOf(files, offset, limit));
  };
  return { files, asked, list: new AssetList({ fetch, count: counted(files) }) };
}

describe("a list of which only windows are here", () => {
  it("fetches what is in sight and nothing else", async () => {
    const { list, asked } = service(20_000);
    await list.want(0, 40);
    expect(asked).toEqual([0]);
    expect(list.windows.get().items.length).toBe(20_000);
    await list.want(10_000, 10_010);
    expect(asked).toEqual([0, Math.floor(10_000 / WINDOW) * WINDOW]);
    expect(list.windows.get().items[10_005]?.id).toBe(10_006);
    expect(list.windows.get().items[5000]).toBeUndefined();
  });

  it("shows the first files before all are counted, and counts them once", async () => {
    const files = Array.from({ length: 200 }, (_, id) => assetOf({ id: id + 1 }));
    const answers: (() => void)[] = [];
    const list = new AssetList({
      fetch: (offset, limit) => Promise.resolve(pieceOf(files, offset, limit)),
      count: () => new Promise((resolve) => answers.push(() => resolve({ total_count: 200, facets }))),
    });
    const wanted = list.want(0, 10);
    await vi.waitFor(() => expect(list.windows.get().items[0]?.id).toBe(1));
    expect(list.windows.get()).toMatchObject({ items: { length: WINDOW }, isExact: false, facets: null });
    void list.want(0, 20);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers[0]?.();
    await wanted;
    expect(list.windows.get()).toMatchObject({ items: { length: 200 }, isExact: true, facets });
  });

  it.each([0, 10_000, 19_990])("is here as a whole, with what is before and behind %i in sight", async (first) => {
    const { list, files, asked } = service(20_000);
    await list.want(first, first + 5);
    await expect(list.all()).resolves.toBe(true);
    expect(list.windows.get().items).toEqual(files);
    const count = asked.length;
    await list.all();
    expect(asked.length).toBe(count);
  });

  it("asks for nothing twice", async () => {
    const { list, asked } = service(1000);
    await Promise.all([list.want(0, 10), list.want(0, 20)]);
    await list.want(0, 30);
    expect(asked).toEqual([0]);
  });

  it("keeps its end while it is frozen and counted without a file that has left", async () => {
    const files = Array.from({ length: 50 }, (_, id) => assetOf({ id: id + 1 }));
    const { promise, go } = held();
    const count = vi.fn(counted(files));
    const list = new AssetList({ fetch: (offset, limit) => Promise.resolve(pieceOf(files, offset, limit)), count });
    await list.want(0, 49);
    count.mockImplementationOnce(() => promise.then(counted(files)));
    const refreshed = list.refresh();
    await vi.waitFor(() => expect(count).toHaveBeenCalledTimes(2));
    list.freeze(true);
    files.splice(40, 1);
    list.change(new Set([41]), () => null);
    go();
    await refreshed;
    const ids = () => list.windows.get().items.map((asset) => asset?.id);
    expect([ids().length, ids()[40], ids().at(-1)]).toEqual([50, 41, 50]);
    list.freeze(false);
    await list.refresh();
    expect([ids().length, ids()[40], ids().at(-1)]).toEqual([49, 42, 50]);
  });

  it("takes what was read of one file, unless it is as new, and keeps what is being set", async () => {
    const { list } = service(2);
    await list.want(0, 2);
    list.freeze(true);
    const [first] = list.windows.get().items;
    const shown = () => [list.known.get(1), list.windows.get().items[0]].map((file) => [file?.rating, file?.note]);
    const going = held();
    list.change(new Set([1]), (asset) => ({ ...asset, rating: 4 }), going.promise);
    list.update(assetOf({ ...first, note: "as old" }));
    expect(shown()).toEqual([
      [4, null],
      [4, null],
    ]);
    list.update(assetOf({ id: 1, note: "theirs", updated_at: "2026-01-01T00:00:01Z" }));
    expect(shown()).toEqual([
      [4, "theirs"],
      [4, "theirs"],
    ]);
    list.update(assetOf({ id: 77, updated_at: "2026-01-01T00:00:01Z" }));
    expect(list.known.has(77)).toBe(false);
    going.go();
  });

  it("is counted after its files are here, whoever asks meanwhile", async () => {
    const files = Array.from({ length: 50 }, (_, id) => assetOf({ id: id + 1 }));
    const { promise, go } = held();
    const fetch = vi.fn((offset: number, limit: number) => Promise.resolve(pieceOf(files, offset, limit)));
    const count = vi.fn(counted(files));
    const list = new AssetList({ fetch, count });
    await list.want(0, 49);
    files.splice(0, 1);
    fetch.mockImplementationOnce((offset, limit) => promise.then(() => pieceOf(files, offset, limit)));
    const refreshed = list.refresh();
    await settled();
    const wanted = list.want(0, 49);
    await settled();
    expect([count.mock.calls.length, list.windows.get().items.length]).toEqual([1, 50]);
    go();
    await Promise.all([refreshed, wanted]);
    expect([count.mock.calls.length, list.windows.get().items.length]).toEqual([2, 49]);
    expect(list.windows.get().items[0]?.id).toBe(2);
  });

  it("moves up what is behind a file that leaves", async () => {
    const { list, files } = service(300);
    await list.want(0, 200);
    const before = list.windows.get();
    files.splice(1, 1);
    list.change(new Set([2]), () => null);
    expect([list.windows.get().items[0]?.id, list.windows.get().items[1]?.id, list.windows.get().items.length]).toEqual(
      [1, 3, 299],
    );
    expect(before.items[1]?.id).toBe(2); // windows never change
    expect(indexIn(list.windows.get().items, 3)).toBe(1);
    expect(indexIn(list.windows.get().items, 2)).toBe(-1);
  });

  it("takes nothing out of its place while files are judged one after the other", async () => {
    const { list } = service(10);
    await list.want(0, 9);
    list.freeze(true);
    list.change(new Set([1]), () => null);
    expect(list.windows.get().items[0]?.id).toBe(1);
  });

  it.each(["while it is on its way", "before, and answered meanwhile", "before, and not answered yet"])(
    "takes nothing back by a page that is older than a change: one made %s",
    async (made) => {
      const files = Array.from({ length: 3 }, (_, id) => assetOf({ id: id + 1, rating: 0 }));
      let answer: () => void = () => undefined;
      const fetch = () => new Promise<ReturnType<typeof pageOf>>((resolve) => (answer = () => resolve(pageOf(files))));
      const list = new AssetList({ fetch, count: counted(files) });
      const request = held();
      const change = () => {
        list.change(new Set([1]), (asset) => ({ ...asset, rating: 4 }), request.promise);
        list.change(new Set([2]), () => null, request.promise);
      };
      const first = list.want(0, 10);
      answer();
      await first;
      if (made.startsWith("before")) change();
      const refreshed = list.refresh();
      await settled();
      if (made.startsWith("while")) change();
      if (made.endsWith("meanwhile")) request.go();
      await settled();
      answer();
      await refreshed;
      const shown = list.windows.get().items.map((asset) => [asset?.id, asset?.rating]);
      expect(shown.slice(0, 2)).toEqual([
        [1, 4],
        [3, 0],
      ]);
      expect(list.known.get(1)?.rating).toBe(4);
      request.go();
      await settled();
    },
  );

  it.each([false, true])(
    "shows what the service lists once it has answered a change; it refused: %j",
    async (isRefused) => {
      const { list } = service(3);
      await list.want(0, 10);
      const answered = isRefused ? Promise.reject(new Error("refused")) : Promise.resolve();
      list.change(new Set([1]), (asset) => ({ ...asset, rating: 4 }), answered);
      expect(list.windows.get().items[0]?.rating).toBe(4);
      await settled();
      await list.refresh();
      expect(list.windows.get().items[0]?.rating).toBe(0);
    },
  );

  it("has what is in sight anew when the library has changed, and forgets the rest", async () => {
    const { list, files, asked } = service(400);
    await list.want(0, 10);
    await list.want(300, 310);
    files.unshift(assetOf({ id: 999 }));
    asked.length = 0;
    await list.refresh();
    expect(asked).toEqual([Math.floor(300 / WINDOW) * WINDOW]);
    expect(list.windows.get().items.length).toBe(401);
    expect(list.windows.get().items[0]).toBeUndefined();
    await list.want(0, 10);
    expect(list.windows.get().items[0]?.id).toBe(999);
  });

  it("loads all of it though it is refreshed before and meanwhile, and nothing more once it is left", async () => {
    const files = Array.from({ length: 1000 }, (_, id) => assetOf({ id: id + 1 }));
    const answers: (() => void)[] = [];
    const list = new AssetList({
      fetch: (offset, limit, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
          answers.push(() => resolve(pieceOf(files, offset, limit)));
        }),
      count: counted(files),
    });
    const answerAll = async () => {
      for (let turn = 0; turn < 400; turn++) {
        answers.shift()?.();
        await Promise.resolve();
      }
    };
    const first = list.want(0, 0);
    await answerAll();
    await first;
    const refreshes = [list.refresh()];
    await Promise.resolve();
    const whole = list.all();
    refreshes.push(list.refresh(), list.refresh());
    await answerAll();
    await expect(whole).resolves.toBe(true);
    await answerAll();
    await Promise.all(refreshes);

    const again = list.all();
    list.close();
    await expect(again).resolves.toBe(false);
  });

  it("tells what went wrong, and goes on when it is asked again", async () => {
    const down = new Set(["fetch", "count"]);
    const { files } = service(3);
    const given = <T>(what: string, answer: () => Promise<T>) =>
      down.has(what) ? Promise.reject(new Error(`${what} is away`)) : answer();
    const list = new AssetList({
      fetch: () => given("fetch", () => Promise.resolve(pageOf(files))),
      count: () => given("count", counted(files)),
    });
    for (const what of ["fetch", "count"]) {
      await list.want(0, 10);
      expect(list.windows.get().error?.message).toBe(`${what} is away`);
      down.delete(what);
    }
    await list.want(0, 10);
    expect(list.windows.get()).toMatchObject({ error: null, facets, items: { length: 3 } });
  });

  it("has what a service did not give asked for again a while later, and no more once it is left", async () => {
    vi.useFakeTimers();
    const list = new AssetList({ fetch: () => Promise.reject(new Error("away")), count: counted([]) });
    let changes = 0;
    let { items } = list.windows.get();
    list.windows.subscribe(() => {
      if (list.windows.get().items !== items) changes += 1;
      ({ items } = list.windows.get());
    });
    await list.want(0, 10);
    await vi.advanceTimersByTimeAsync(RETRY_MS - 1);
    expect(changes).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(changes).toBe(1);
    await list.want(0, 10);
    await expect(list.refresh()).rejects.toThrow("away"); // which ends what waits
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(changes).toBe(2);
    await list.want(0, 10);
    list.close();
    await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
    expect(changes).toBe(2);
    vi.useRealTimers();
  });
});
