import { describe, expect, it, vi } from "vitest";

import { assetOf } from "../../testing/assets";
import type { Asset } from "../../data/assets/schema";
import { AssetWindows, RETRY_MS, WINDOW } from "./windows";

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
  const windows = new AssetWindows((offset, limit) => {
    asked.push(offset);
    return Promise.resolve(pieceOf(files, offset, limit));
  }, counted(files));
  return { files, asked, windows };
}

describe("a list of which only windows are here", () => {
  it("fetches what is in sight and nothing else", async () => {
    const { windows, asked } = service(20_000);
    await windows.want(0, 40);
    expect(asked).toEqual([0]);
    expect(windows.total).toBe(20_000);
    await windows.want(10_000, 10_010);
    expect(asked).toEqual([0, Math.floor(10_000 / WINDOW) * WINDOW]);
    expect(windows.at(10_005)?.id).toBe(10_006);
    expect(windows.at(5000)).toBeUndefined();
  });

  it("shows the first files before all are counted, and counts them once", async () => {
    const files = Array.from({ length: 200 }, (_, id) => assetOf({ id: id + 1 }));
    const answers: (() => void)[] = [];
    const windows = new AssetWindows(
      (offset, limit) => Promise.resolve(pieceOf(files, offset, limit)),
      () => new Promise((resolve) => answers.push(() => resolve({ total_count: 200, facets }))),
    );
    const wanted = windows.want(0, 10);
    await vi.waitFor(() => expect(windows.at(0)?.id).toBe(1));
    expect(windows.shown.get()).toMatchObject({ total: WINDOW, isExact: false, facets: null });
    void windows.want(0, 20);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers[0]?.();
    await wanted;
    expect(windows.shown.get()).toMatchObject({ total: 200, isExact: true, facets });
  });

  it("asks for nothing twice", async () => {
    const { windows, asked } = service(1000);
    await Promise.all([windows.want(0, 10), windows.want(0, 20)]);
    await windows.want(0, 30);
    expect(asked).toEqual([0]);
  });

  it("moves up what is behind a file that leaves", async () => {
    const { windows, files } = service(300);
    await windows.want(0, 200);
    files.splice(1, 1);
    windows.change(new Set([2]), () => null);
    expect([windows.at(0)?.id, windows.at(1)?.id, windows.total]).toEqual([1, 3, 299]);
    expect(windows.placeOf(3)).toBe(1);
    expect(windows.placeOf(2)).toBe(-1);
  });

  it("takes nothing out of its place while files are judged one after the other", async () => {
    const { windows } = service(10);
    await windows.want(0, 9);
    windows.freeze(true);
    windows.change(new Set([1]), () => null);
    expect(windows.at(0)?.id).toBe(1);
  });

  it("has what is in sight anew when the library has changed, and forgets the rest", async () => {
    const { windows, files, asked } = service(400);
    await windows.want(0, 10);
    await windows.want(300, 310);
    files.unshift(assetOf({ id: 999 }));
    asked.length = 0;
    await windows.refresh();
    expect(asked).toEqual([Math.floor(300 / WINDOW) * WINDOW]);
    expect(windows.total).toBe(401);
    expect(windows.at(0)).toBeUndefined();
    await windows.want(0, 10);
    expect(windows.at(0)?.id).toBe(999);
  });

  it("loads all of it though it is refreshed before and meanwhile, and nothing more once it is left", async () => {
    const files = Array.from({ length: 1000 }, (_, id) => assetOf({ id: id + 1 }));
    const answers: (() => void)[] = [];
    const windows = new AssetWindows(
      (offset, limit, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
          answers.push(() => resolve(pieceOf(files, offset, limit)));
        }),
      counted(files),
    );
    const answerAll = async () => {
      for (let turn = 0; turn < 400; turn++) {
        answers.shift()?.();
        await Promise.resolve();
      }
    };
    const first = windows.want(0, 0);
    await answerAll();
    await first;
    const refreshes = [windows.refresh()];
    await Promise.resolve();
    const whole = windows.all();
    refreshes.push(windows.refresh(), windows.refresh());
    await answerAll();
    await expect(whole).resolves.toBe(true);
    await answerAll();
    await Promise.all(refreshes);

    const again = windows.all();
    windows.close();
    await expect(again).resolves.toBe(false);
  });

  it("tells what went wrong, and goes on when it is asked again", async () => {
    let isDown = true;
    const { files } = service(3);
    const windows = new AssetWindows(
      () => (isDown ? Promise.reject(new Error("away")) : Promise.resolve(pageOf(files))),
      counted(files),
    );
    await windows.want(0, 10);
    expect(windows.shown.get().error?.message).toBe("away");
    isDown = false;
    await windows.want(0, 10);
    expect(windows.shown.get()).toMatchObject({ error: null, total: 3 });
  });

  it("has what a service did not give asked for again a while later, and no more once it is left", async () => {
    vi.useFakeTimers();
    const windows = new AssetWindows(() => Promise.reject(new Error("away")), counted([]));
    const { version } = windows.shown.get();
    const changes = () => windows.shown.get().version - version;
    await windows.want(0, 10);
    await vi.advanceTimersByTimeAsync(RETRY_MS - 1);
    expect(changes()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(changes()).toBe(1);
    await windows.want(0, 10);
    await expect(windows.refresh()).rejects.toThrow("away"); // which ends what waits
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(changes()).toBe(2);
    await windows.want(0, 10);
    windows.close();
    await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
    expect(changes()).toBe(2);
    vi.useRealTimers();
  });
});
