// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { assetOf } from "../../testing/assets";
import { sharedSize, useDifference } from "./useDifference";
import { useDetails } from "./useDetails";
import { useFrames } from "./useFrames";
import { usePlayed } from "./usePlayed";

const page = vi.hoisted(() => ({ matches: false, drawer: "", open: vi.fn(), close: vi.fn(), noteLoaded: vi.fn() }));
vi.mock("../../ui/useMediaQuery", () => ({ useMediaQuery: () => page.matches }));
vi.mock("../../ui/useLazyImage", () => ({ noteLoaded: page.noteLoaded }));
vi.mock("../../data/assets/AssetPicture", () => ({
  pictureSource: ({ id }: { id: number }, size: number) => `/picture/${id}/${size}`,
}));
vi.mock("./AssetStage", () => ({ pictureUrl: ({ id }: { id: number }) => `/picture/${id}` }));
vi.mock("../../platform/address", () => ({
  useOverlay: (name: string) => [name === "details" ? page.drawer : "", page.open, page.close],
}));

/** Pictures that are being fetched, by address; happy-dom fetches none. */
let fetching: { src: string; arrive: () => Promise<void>; fail: () => Promise<void> }[];
const soon = (work: () => void) =>
  act(async () => {
    work();
    await Promise.resolve();
  });
class Picture {
  src = "";
  naturalWidth = 2;
  naturalHeight = 1;
  decode = () =>
    new Promise<void>((resolve, reject) =>
      fetching.push({
        src: this.src,
        arrive: () => soon(resolve),
        fail: () => soon(() => reject(new Error("Away."))),
      }),
    );
}
beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers();
  vi.stubGlobal("Image", Picture);
  Object.assign(page, { matches: false, drawer: "" });
  fetching = [];
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));
const last = () => fetching.at(-1)?.src;

describe("a sequence", () => {
  const FRAMES = [1, 2, 3].map((id) => assetOf({ id }));
  const play = (isPlaying = true, frames = FRAMES) =>
    renderHook((now: boolean) => usePlayed(frames, now, 64)?.id ?? null, { initialProps: isPlaying });

  it("shows each frame once it has arrived, and begins again", async () => {
    const { result } = play();
    expect([result.current, fetching.length]).toEqual([1, 0]);
    pass(119);
    expect(fetching).toHaveLength(0);
    pass(1);
    expect([last(), result.current]).toEqual(["/picture/2/64", 1]);
    pass(9999);
    expect(fetching).toHaveLength(1);
    await fetching[0]?.arrive();
    expect([result.current, page.noteLoaded.mock.calls]).toEqual([2, [["/picture/2/64"]]]);
    pass(120);
    await fetching[1]?.arrive();
    pass(120);
    expect([result.current, last()]).toEqual([3, "/picture/1/64"]);
  });

  it("tries the next frame later where one cannot be fetched", async () => {
    const { result } = play();
    pass(120);
    await fetching[0]?.fail();
    pass(1999);
    expect([fetching.length, page.noteLoaded.mock.calls]).toEqual([1, []]);
    pass(1);
    expect([last(), result.current]).toEqual(["/picture/3/64", 1]);
  });

  it("stops where it is not wanted any more, also while a frame is fetched", async () => {
    const { result, rerender, unmount } = play();
    pass(120);
    rerender(false);
    await fetching[0]?.arrive();
    expect([result.current, vi.getTimerCount()]).toEqual([null, 0]);
    rerender(true);
    expect([result.current, vi.getTimerCount()]).toEqual([1, 1]);
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [true, 3, false],
    [false, 1, false],
    [false, 2, true],
  ])("stands still under reduced motion %s or with %i frames", (isStill, count, isPlayed) => {
    page.matches = isStill;
    const { result } = play(true, FRAMES.slice(0, count));
    expect([result.current, vi.getTimerCount()]).toEqual(isPlayed ? [1, 1] : [null, 0]);
  });
});

it("draws each frame of the screen while that is wanted", () => {
  let next: FrameRequestCallback | undefined;
  vi.stubGlobal("requestAnimationFrame", (draw: FrameRequestCallback) => {
    next = draw;
    return 7;
  });
  const cancel = vi.fn();
  vi.stubGlobal("cancelAnimationFrame", cancel);
  const works = [vi.fn(), vi.fn()];
  const { rerender } = renderHook(([isWanted, at]) => useFrames(isWanted, works[at] ?? vi.fn()), {
    initialProps: [false, 0] as [boolean, number],
  });
  expect(next).toBe(undefined);
  rerender([true, 0]);
  next?.(0);
  rerender([true, 1]);
  next?.(0);
  next?.(0);
  expect([works.map((work) => work.mock.calls.length), cancel.mock.calls]).toEqual([[1, 2], []]);
  rerender([false, 1]);
  expect(cancel.mock.calls).toEqual([[7]]);
});

describe("what differs between two files", () => {
  const canvas = { drawImage: vi.fn(), getImageData: vi.fn(), imageSmoothingEnabled: true };
  const compare = (a = assetOf({ id: 1 }), b = assetOf({ id: 2 })) =>
    renderHook(([one, other]) => useDifference(one, other), { initialProps: [a, b] as const });
  beforeEach(() => {
    canvas.getImageData.mockImplementation((_x, _y, width: number, height: number) => ({
      ...{ width, height },
      data: new Uint8ClampedArray(width * height * 4),
    }));
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(canvas as never);
  });
  const arrive = async () => {
    for (const each of fetching) await each.arrive();
  };

  it.each([
    [
      { width: 4, height: 4 },
      { width: 8, height: 2 },
      { width: 4, height: 4 },
    ],
    [
      { width: 4, height: 4 },
      { width: 8, height: 3 },
      { width: 8, height: 3 },
    ],
    [
      { width: null, height: null },
      { width: null, height: 3 },
      { width: 1, height: 3 },
    ],
    [
      { width: null, height: 9 },
      { width: 4, height: null },
      { width: 1, height: 9 },
    ],
  ])("is compared at the size of the larger one: %j, %j", (a, b, size) => {
    expect(sharedSize(assetOf(a), assetOf(b))).toEqual(size);
  });

  it("is known once both have arrived", async () => {
    const { result } = compare();
    expect([fetching.map(({ src }) => src), result.current]).toEqual([["/picture/1", "/picture/2"], undefined]);
    await fetching[0]?.arrive();
    expect(result.current).toBe(undefined);
    await fetching[1]?.arrive();
    expect(result.current).toMatchObject({ width: 16, height: 16, differing: 0 });
    expect([canvas.drawImage.mock.calls[0]?.slice(1), canvas.imageSmoothingEnabled]).toEqual([[0, 0, 16, 16], false]);
  });

  it("is found at 2048 pixels where a file is larger, smoothed where that is no whole factor", async () => {
    const large = assetOf({ id: 1, width: 4096, height: 1023 });
    const { result } = compare(large);
    await arrive();
    expect([result.current?.width, result.current?.height, canvas.imageSmoothingEnabled]).toEqual([2048, 512, false]);
    cleanup();
    fetching = [];
    compare(assetOf({ id: 1, width: 17, height: 17 }));
    await arrive();
    expect(canvas.imageSmoothingEnabled).toBe(true);
  });

  it.each(["file", "canvas"])("is null where the browser cannot draw: no %s", async (what) => {
    if (what === "canvas") vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
    const { result } = compare();
    await (what === "file" ? fetching[0]?.fail() : arrive());
    expect(result.current).toBe(null);
  });

  it.each(["arrive", "fail"] as const)("of two files is not another two's, whether they %s late", async (how) => {
    const { result, rerender } = compare();
    const [one, other] = fetching;
    rerender([assetOf({ id: 3 }), assetOf({ id: 4 })]);
    await one?.[how]();
    await other?.[how]();
    expect(result.current).toBe(undefined);
    await arrive();
    expect(result.current).toMatchObject({ differing: 0 });
    rerender([assetOf({ id: 1 }), assetOf({ id: 4 })]);
    expect(result.current).toBe(undefined);
  });
});

describe("details", () => {
  const details = () => renderHook(() => useDetails("(any)"));
  const state = ({ isOpen, isDrawer }: ReturnType<typeof useDetails>) => [isOpen, isDrawer];

  it("are a column where there is room, open until they are hidden", () => {
    page.matches = true;
    const { result } = details();
    expect(state(result.current)).toEqual([true, false]);
    act(() => result.current.toggle());
    expect(state(result.current)).toEqual([false, false]);
    act(() => result.current.show());
    act(() => void result.current.hide());
    act(() => result.current.toggle());
    expect([state(result.current), page.open.mock.calls, page.close.mock.calls]).toEqual([[true, false], [], []]);
  });

  it("are a drawer where there is none, closed at first, and a step of the history", () => {
    const { result, rerender } = details();
    expect(state(result.current)).toEqual([false, false]);
    act(() => void result.current.hide());
    act(() => result.current.toggle());
    expect([page.open.mock.calls, page.close.mock.calls]).toEqual([[["open"]], []]);
    page.drawer = "open";
    rerender();
    expect(state(result.current)).toEqual([true, true]);
    act(() => result.current.toggle());
    expect(page.close).toHaveBeenCalledOnce();
  });
});
