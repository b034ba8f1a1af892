// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

type Listener = (event: { matches: boolean }) => void;
/** Media queries, by their words. */
const media = vi.hoisted(() => new Map<string, { matches: boolean; listeners: Set<Listener>; asked: number }>());
vi.hoisted(() => {
  globalThis.matchMedia = ((query: string) => {
    const found = media.get(query) ?? { matches: false, listeners: new Set(), asked: 0 };
    found.asked += 1;
    media.set(query, found);
    return {
      get matches() {
        return found.matches;
      },
      addEventListener: (_type: string, listener: Listener) => found.listeners.add(listener),
      removeEventListener: (_type: string, listener: Listener) => found.listeners.delete(listener),
    };
  }) as never;
});
vi.mock("../platform/textSize", () => ({ textScale: 2 }));

const { noteLoaded, useLazyImage, useSettled } = await import("./useLazyImage");
const { rimOfImage, useMat, useMatChoice } = await import("./useMat");
const { useMediaQuery, useWindowWidth } = await import("./useMediaQuery");
const { useElementSize } = await import("./useElementSize");
const { useDebounced, useDelayed } = await import("./useDelayed");
const turn = (query: string, matches: boolean) =>
  act(() => {
    const found = media.get(query);
    Object.assign(found ?? {}, { matches });
    for (const listener of found?.listeners ?? []) listener({ matches });
  });
const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  if (vi.isFakeTimers()) vi.runAllTimers(); // what waits is waited for across tests
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a picture in a list", () => {
  function Picture({ source }: { source: string }) {
    return <img alt="" {...useLazyImage(source)} />;
  }
  const image = () => document.querySelector("img");
  const src = () => image()?.getAttribute("src") ?? null;

  it("is fetched once it has stayed, and at once where it was there before", () => {
    const { rerender } = render(<Picture source="/a" />);
    pass(149);
    expect(src()).toBe(null);
    pass(1);
    expect(src()).toBe("/a");
    fireEvent.load(image() ?? document.body);
    rerender(<Picture source="/b" />);
    expect(src()).toBe(null);
    rerender(<Picture source="/a" />);
    expect(src()).toBe("/a");
    noteLoaded("/c");
    rerender(<Picture source="/c" />);
    expect(src()).toBe("/c");
  });

  it("that has passed by is never fetched", () => {
    const { rerender } = render(<Picture source="/d" />);
    pass(100);
    rerender(<Picture source="/e" />);
    pass(100);
    expect(src()).toBe(null);
    pass(50);
    expect(src()).toBe("/e");
    const { result, unmount } = renderHook(() => useSettled("/f"));
    pass(149);
    expect(result.current).toBe(false);
    unmount();
    pass(150);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [false, ""],
    [true, "/g"],
  ])("that leaves the page is not fetched to its end; complete: %s", (isComplete, expected) => {
    const { unmount } = render(<Picture source="/g" />);
    pass(150);
    const left = image();
    vi.spyOn(left ?? new Image(), "complete", "get").mockReturnValue(isComplete);
    unmount();
    expect([left?.getAttribute("src"), document.querySelector("img")]).toEqual([expected, null]);
  });

  it("settles with those that came with it", () => {
    const first = renderHook(() => useSettled("/h"));
    const second = renderHook(() => useSettled("/i"));
    pass(100);
    const late = renderHook(() => useSettled("/j"));
    pass(50);
    expect([first, second, late].map(({ result }) => result.current)).toEqual([true, true, false]);
    pass(99);
    expect(late.result.current).toBe(false);
    pass(1);
    expect(late.result.current).toBe(true);
  });
});

describe("the background of pictures", () => {
  const DARK = "(prefers-color-scheme: dark)";
  const mat = () => renderHook(() => ({ mat: useMat(), choice: useMatChoice() }));

  it("is that of the theme, which is the page's own or the system's", async () => {
    const { result, unmount } = mat();
    const seen = [result.current.mat[0]];
    turn(DARK, true);
    seen.push(result.current.mat[0]);
    vi.useRealTimers();
    for (const theme of ["light", "dark", "system"]) {
      document.documentElement.dataset["theme"] = theme;
      await act(() => new Promise((resolve) => setTimeout(resolve)));
      seen.push(result.current.mat[0]);
    }
    expect(seen).toEqual(["light", "dark", "light", "dark", "dark"]);
    const before = media.get(DARK)?.listeners.size ?? 0;
    unmount();
    expect((media.get(DARK)?.listeners.size ?? 0) < before).toBe(true);
    turn(DARK, false);
  });

  it("is the one that was chosen, for all pictures", () => {
    const { result } = mat();
    act(() => result.current.choice[1]("middle"));
    expect(result.current.mat[0]).toBe("middle");
    act(() => result.current.choice[1]("auto"));
    expect(result.current.mat[0]).toBe("light");
  });

  it("is looked at in a small copy, once for each picture", () => {
    const drawn = {
      canvas: { width: 0, height: 0 },
      drawImage: vi.fn(),
      getImageData: vi.fn(),
      imageSmoothingEnabled: true,
    };
    drawn.getImageData.mockImplementation((_x, _y, width: number, height: number) => ({
      data: new Uint8ClampedArray(width * height * 4).fill(255),
    }));
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(drawn as never);
    const image = (src: string, naturalWidth: number, naturalHeight: number) =>
      ({ src, naturalWidth, naturalHeight }) as HTMLImageElement;
    expect(rimOfImage(image("/none", 0, 0))).toBe(null);
    const rim = rimOfImage(image("/large", 480, 5));
    expect([drawn.drawImage.mock.lastCall?.slice(1), drawn.imageSmoothingEnabled]).toEqual([[0, 0, 48, 1], false]);
    expect([rimOfImage(image("/large", 480, 5)), drawn.drawImage.mock.calls.length]).toEqual([rim, 1]);
    rimOfImage(image("/small", 16, 8));
    expect([drawn.drawImage.mock.lastCall?.slice(1), drawn.canvas]).toEqual([[0, 0, 16, 8], { width: 16, height: 8 }]);
    const { result } = mat();
    act(() => result.current.mat[1](rim));
    expect(result.current.mat[0]).not.toBe("light");
  });
});

describe("what is known of the window", () => {
  it("is whether a query holds, asked once and followed", () => {
    const both = [renderHook(() => useMediaQuery("(wide)")), renderHook(() => useMediaQuery("(wide)"))];
    expect([both.map(({ result }) => result.current), media.get("(wide)")?.asked]).toEqual([[false, false], 1]);
    turn("(wide)", true);
    expect(both.map(({ result }) => result.current)).toEqual([true, true]);
    for (const { unmount } of both) unmount();
    expect(media.get("(wide)")?.listeners.size).toBe(1);
  });

  it("is its width at the usual size of text", () => {
    Object.assign(window, { innerWidth: 800 });
    const { result, unmount } = renderHook(useWindowWidth);
    const seen = [result.current];
    Object.assign(window, { innerWidth: 1000 });
    act(() => void window.dispatchEvent(new Event("resize")));
    seen.push(result.current);
    unmount();
    expect(seen).toEqual([400, 500]);
  });

  it("is the size of a box, until it is gone", () => {
    let measure: () => void = () => undefined;
    const watched: unknown[] = [];
    const disconnect = vi.fn();
    vi.stubGlobal(
      "ResizeObserver",
      class {
        constructor(listener: () => void) {
          measure = listener;
        }
        observe = (element: unknown) => watched.push(element);
        disconnect = disconnect;
      },
    );
    const element = { clientWidth: 30, clientHeight: 20 } as HTMLElement;
    const box = { current: element };
    const { result, unmount } = renderHook(() => useElementSize(box));
    expect([result.current, watched]).toEqual([{ width: 0, height: 0 }, [element]]);
    act(() => measure());
    expect(result.current).toEqual({ width: 30, height: 20 });
    unmount();
    expect(disconnect).toHaveBeenCalledOnce();
    const none = { current: null };
    renderHook(() => useElementSize(none));
    expect(watched).toHaveLength(1);
  });
});

describe("waiting", () => {
  it.each([
    [undefined, 150],
    [1000, 1000],
  ])("is late after %s milliseconds, and over at once", (ms, after) => {
    const { result, rerender } = renderHook((isWaiting: boolean) => useDelayed(isWaiting, ms), { initialProps: true });
    pass(after - 1);
    expect(result.current).toBe(false);
    pass(1);
    expect(result.current).toBe(true);
    rerender(false);
    expect([result.current, vi.getTimerCount()]).toEqual([false, 0]);
    rerender(true);
    pass(after - 1);
    rerender(false);
    pass(after);
    expect(result.current).toBe(false);
  });

  it("for a value lasts until it has stayed", () => {
    const { result, rerender, unmount } = renderHook((value: string) => useDebounced(value, 300), {
      initialProps: "a",
    });
    rerender("b");
    pass(200);
    rerender("c");
    pass(299);
    expect(result.current).toBe("a");
    pass(1);
    expect(result.current).toBe("c");
    rerender("d");
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });
});
