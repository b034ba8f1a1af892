// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, renderHook, screen } from "@testing-library/react";
import type { ReactElement, ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { AssetStage, pictureUrl } from "./AssetStage";
import { SoundTile } from "./SoundTile";
import type { Swipe } from "./useGestures";
import { usePlaced } from "./usePlaced";
import { FIT, type View } from "./view";

interface Gestures {
  isSwiped: boolean;
  onPan: (by: object) => void;
  onZoom: (factor: number, place: object) => void;
  onTwice: (place: object) => void;
  onSwipe: (share: number | null) => void;
  onSwiped: (swipe: Swipe) => void;
}
const page = vi.hoisted(() => ({
  room: { width: 0, height: 0 },
  gestures: {} as Gestures,
  playing: { id: null as number | null, isPlaying: false },
  settings: { isLooped: false, isMuted: false, volume: 0.6 },
  isSettled: true,
  draw: (): void => undefined,
}));
const sound = vi.hoisted(() => ({
  ...{ toggle: vi.fn(), play: vi.fn(), seek: vi.fn(), stop: vi.fn(), loop: vi.fn(), mute: vi.fn(), setVolume: vi.fn() },
  at: () => 3,
}));
const done = vi.hoisted(() => ({ getWaveform: vi.fn(), noteLoaded: vi.fn(), onRim: vi.fn() }));
vi.mock("./sound", () => ({ sound, usePlaying: () => page.playing, useSoundSettings: () => page.settings }));
vi.mock("./api", () => ({ getWaveform: done.getWaveform }));
vi.mock("./useFrames", () => ({
  useFrames: (isWanted: boolean, draw: () => void) => (page.draw = isWanted ? draw : () => undefined),
}));
vi.mock("./useGestures", () => ({ useGestures: (_room: unknown, gestures: Gestures) => (page.gestures = gestures) }));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => page.room }));
vi.mock("../../ui/useMat", () => ({ rimOfImage: () => "rim", useMat: () => ["dark", done.onRim] }));
vi.mock("../../ui/useLazyImage", () => ({ noteLoaded: done.noteLoaded, useSettled: () => page.isSettled }));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: ({ size }: { size: number }) => <i>{`art ${size}`}</i> }));
vi.mock("../../data/assets/urls", () => ({
  fileUrl: ({ id }: Asset) => `/file/${id}`,
  previewUrl: ({ id }: Asset, size: number) => `/preview/${id}/${size}`,
}));
vi.mock("../../data/assets/schema", () => ({ typesInBrowsers: ["image/png"] }));

const setView = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("devicePixelRatio", 1);
  page.room = { width: 400, height: 200 };
  Object.assign(page, { playing: { id: null, isPlaying: false }, isSettled: true });
  page.settings = { isLooped: false, isMuted: false, volume: 0.6 };
  done.getWaveform.mockResolvedValue({ channels: 1, bits: 8, length: 1, data: [-64, 64] });
});
afterEach(cleanup);
const wrapper = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
);
const show = (what: ReactElement) => render(what, { wrapper });
const fileOf = (part: Partial<Asset> = {}) => assetOf({ id: 1, width: 16, height: 8, ...part });
const stage = (asset: Asset, props: Partial<Parameters<typeof AssetStage>[0]> = {}) =>
  show(<AssetStage asset={asset} view={FIT} setView={setView} {...props} />);
const changed = (from: View) => (setView.mock.lastCall?.[0] as (now: View) => View)(from);

describe("a picture", () => {
  const picture = () => document.querySelector("img");
  const box = () => document.querySelector<HTMLElement>(".stage")?.dataset;

  it.each([
    ["image/png", "/file/1"],
    ["image/tiff", "/preview/1/4096"],
  ])("of the type %s is fetched from %s", (mime_type, url) => {
    expect(pictureUrl(fileOf({ mime_type }))).toBe(url);
  });

  it("stands in the middle of its room, as large as fits, on its background", () => {
    stage(fileOf());
    expect([picture()?.style.cssText, box()?.["zoom"], box()?.["zoomed"], box()?.["mat"], picture()?.alt]).toEqual([
      "width: 400px; height: 200px; transform: translate(0px, 0px);",
      ...["25.0000", "false", "dark", "hero.png"],
    ]);
    fireEvent.load(picture() ?? document.body);
    expect(done.onRim.mock.calls).toEqual([["rim"]]);
    cleanup();
    stage(fileOf(), { view: { zoom: 2, x: 0.5, y: 0.5 }, isCompared: true });
    expect([picture()?.style.transform, box()?.["zoomed"], box()?.["mat"]]).toEqual([
      "translate(184px, 92px)",
      "true",
      "middle",
    ]);
  });

  it("is not drawn before its room is known", () => {
    page.room = { width: 0, height: 0 };
    stage(fileOf());
    expect([picture(), box()?.["zoom"]]).toEqual([null, "0.0000"]);
  });

  it.each([
    [{ width: 16, height: 8 }, 0.5, undefined, "true"],
    [{ width: 800, height: 400 }, 0.5, undefined, "false"],
    [{ width: 800, height: 400 }, 1, undefined, "true"],
    [{ width: 800, height: 400 }, 0.5, { width: 1600, height: 800 }, "true"],
  ])("has hard pixels where it is enlarged or small art: %j at %d, as %j", (part, zoom, measure, isPixelated) => {
    stage(fileOf(part), { view: { ...FIT, zoom }, ...(measure && { measure }) });
    expect(picture()?.dataset["pixelated"]).toBe(isPixelated);
  });

  it.each([
    [0.1, null],
    [0.25, ""],
    [0.3, "Approve"],
    [-0.3, "Set aside"],
    [0.01, null],
  ])("follows a swipe, which says what it would do: %d", (share, words) => {
    const onSwiped = vi.fn();
    stage(fileOf(), { onSwiped });
    act(() => page.gestures.onSwipe(share));
    const edge = document.querySelector<HTMLElement>(".swipe-edge");
    expect(picture()?.style.transform).toBe(`translate(${share * 400}px, 0px)`);
    expect(edge?.textContent ?? null).toBe(words === null && share > 0.02 ? "" : words);
    if (edge)
      expect([edge.className.includes("right"), edge.style.width]).toEqual([share > 0, `${Math.abs(share) * 60}%`]);
    act(() => page.gestures.onSwiped("left"));
    act(() => page.gestures.onSwipe(null));
    expect([document.querySelector(".swipe-edge"), onSwiped.mock.calls]).toEqual([null, [["left"]]]);
  });

  it("is not swiped where nothing would be done", () => {
    stage(fileOf());
    act(() => page.gestures.onSwipe(0.3));
    expect(document.querySelector(".swipe-edge")).toBeNull();
  });
});

describe("the place of a picture", () => {
  const placed = (view: View, share?: number, onSwiped?: (swipe: Swipe) => void) =>
    renderHook(() =>
      usePlaced({
        ...{ room: { current: null }, picture: { width: 100, height: 50 }, view, setView, onSwiped },
        ...(share !== undefined && { share }),
      }),
    ).result.current;

  it("is that of the view, within what a picture may take", () => {
    expect(placed(FIT)).toMatchObject({ zoom: 4, width: 400, height: 200, left: 0, top: 0 });
    expect(placed(FIT, 0.9)).toMatchObject({ zoom: 3, width: 300, height: 150, left: 50, top: 25 });
    expect(placed({ zoom: 10, x: 0, y: 1 })).toMatchObject({ zoom: 10, left: 0, top: -300 });
  });

  it.each([
    [FIT, true, true],
    [FIT, false, false],
    [{ ...FIT, zoom: 2 }, true, false],
  ])("is swiped where the whole is seen and that does something: %j, %s", (view, isWanted, isSwiped) => {
    placed(view, 1, isWanted ? vi.fn() : undefined);
    expect(page.gestures.isSwiped).toBe(isSwiped);
  });

  it("is moved once it is zoomed, no further than its edge", () => {
    placed(FIT);
    page.gestures.onPan({ x: 10, y: 0 });
    expect([changed(FIT), changed({ zoom: 10, x: 0.5, y: 0.5 })]).toEqual([FIT, { zoom: 10, x: 0.49, y: 0.5 }]);
    page.gestures.onPan({ x: 9999, y: 0 });
    expect(changed({ zoom: 10, x: 0.5, y: 0.5 }).x).toBe(0.2);
  });

  it("is zoomed from what is drawn, around the point", () => {
    placed(FIT);
    page.gestures.onZoom(2, { x: 100, y: 0 });
    expect(changed(FIT)).toEqual({ zoom: 8, x: 0.625, y: 0.5 });
    expect(changed({ ...FIT, zoom: 8 }).zoom).toBe(16);
  });

  it("turns between actual size and as a whole by two taps", () => {
    vi.stubGlobal("devicePixelRatio", 2);
    placed(FIT);
    page.gestures.onTwice({ x: 0, y: 0 });
    expect([changed(FIT).zoom, changed({ ...FIT, zoom: 3 })]).toEqual([0.5, FIT]);
  });
});

describe("other files", () => {
  it("are a video with its poster, or a companion with its preview", () => {
    stage(fileOf({ type: "video" }));
    const video = document.querySelector("video");
    expect([video?.getAttribute("src"), video?.getAttribute("poster")]).toEqual(["/file/1", "/preview/1/1024"]);
    cleanup();
    stage(fileOf({ type: "video", has_preview: false }));
    expect(document.querySelector("video")?.getAttribute("poster")).toBe(null);
    cleanup();
    const words = [true, false].map((has_preview) => {
      cleanup();
      stage(fileOf({ type: "other", height: null, has_preview }));
      return document.body.textContent;
    });
    expect(words).toEqual([
      "art 512It is kept as a companion: this is its preview, and the file is stored and packed.",
      "art 256It is kept as a companion: stored and packed, not shown.",
    ]);
  });
});

describe("a sound", () => {
  const SOUND = fileOf({ type: "audio", duration_sec: 8 });
  const button = (label: string) => screen.getByLabelText<HTMLButtonElement>(label);
  const played = () =>
    [...document.querySelectorAll("[id^=played] > rect, .waveform-line")].map(
      (each) => each.getAttribute("x") ?? each.getAttribute("width"),
    );

  it("is played and paused, and says where it is", async () => {
    const { rerender, unmount } = stage(SOUND);
    await settled();
    fireEvent.click(screen.getByText("Play"));
    expect([sound.toggle.mock.calls, document.querySelector(".numbers")?.textContent]).toEqual([
      [[1]],
      "0.0 s of 8.0 s",
    ]);
    expect([document.querySelector(".waveform-rest")?.getAttribute("d")?.slice(0, 13), played()]).toEqual([
      "M0 25.0L1 25.",
      [],
    ]);
    page.playing = { id: 1, isPlaying: true };
    rerender(<AssetStage asset={SOUND} view={FIT} setView={setView} />);
    act(() => page.draw());
    expect([screen.queryByText("Pause") !== null, document.querySelector(".numbers")?.textContent, played()]).toEqual([
      true,
      "3.0 s of 8.0 s",
      ["150", "150"],
    ]);
    expect(sound.stop).not.toHaveBeenCalled();
    unmount();
    expect(sound.stop).toHaveBeenCalledOnce();
  });

  it("of another file does not move it", () => {
    page.playing = { id: 2, isPlaying: true };
    stage(SOUND);
    act(() => page.draw());
    expect([screen.queryByText("Play") !== null, document.querySelector(".numbers")?.textContent]).toEqual([
      true,
      "0.0 s of 8.0 s",
    ]);
  });

  it.each([
    [null, [[1]]],
    [1, []],
  ])("is sought by its waveform, and begins there if it was not heard: %s", (id, plays) => {
    page.playing = { id, isPlaying: false };
    stage(SOUND);
    const slider = screen.getByLabelText<HTMLInputElement>("Position in hero.png");
    expect([slider.max, slider.step]).toEqual(["8", "0.04"]);
    fireEvent.change(slider, { target: { value: "4" } });
    expect([sound.play.mock.calls, sound.seek.mock.calls, slider.getAttribute("aria-valuetext")]).toEqual([
      plays,
      [[4]],
      "4.0 s of 8.0 s",
    ]);
  });

  it("is looped, muted and made louder", () => {
    stage(SOUND);
    expect([
      button("Loop").getAttribute("aria-pressed"),
      screen.getByLabelText<HTMLInputElement>("Volume").value,
    ]).toEqual(["false", "0.6"]);
    fireEvent.click(button("Loop"));
    fireEvent.click(button("Mute"));
    fireEvent.change(screen.getByLabelText("Volume"), { target: { value: "0.25" } });
    expect([sound.loop.mock.calls.length, sound.mute.mock.calls.length, sound.setVolume.mock.calls]).toEqual([
      1,
      1,
      [[0.25]],
    ]);
    cleanup();
    page.settings = { isLooped: true, isMuted: true, volume: 0.6 };
    stage(SOUND);
    expect([
      button("Mute").getAttribute("aria-pressed"),
      screen.getByLabelText<HTMLInputElement>("Volume").value,
    ]).toEqual(["true", "0"]);
  });

  it("without a length has no part that was played", () => {
    page.playing = { id: 1, isPlaying: true };
    stage(fileOf({ type: "audio", duration_sec: null }));
    act(() => page.draw());
    expect([played(), screen.getByLabelText<HTMLInputElement>("Position in hero.png").step]).toEqual([[], "0.01"]);
  });

  describe("as a tile", () => {
    const control = (title: string) => screen.getByTitle(title);

    it("waits until it stays in sight, and is known then", () => {
      page.isSettled = false;
      const { rerender } = show(<SoundTile asset={SOUND} />);
      expect([
        document.querySelector(".waveform-rest"),
        done.noteLoaded.mock.calls,
        done.getWaveform.mock.calls,
      ]).toEqual([null, [], []]);
      page.isSettled = true;
      rerender(<SoundTile asset={SOUND} />);
      expect([document.querySelector(".waveform-rest") !== null, done.noteLoaded.mock.calls]).toEqual([
        true,
        [["waveform 1"]],
      ]);
    });

    it("is played and looped without being opened", () => {
      const onClick = vi.fn();
      show(
        <div onClick={onClick}>
          <SoundTile asset={SOUND} />
        </div>,
      );
      fireEvent.click(control("Play or stop (Space)"));
      fireEvent.click(control("Loop (l)"));
      expect([sound.toggle.mock.calls, sound.loop.mock.calls.length, onClick.mock.calls]).toEqual([[[1]], 1, []]);
      expect([
        document.querySelector<HTMLElement>(".sound-tile")?.dataset["playing"],
        document.querySelector(".numbers"),
      ]).toEqual(["false", null]);
    });

    it("shows how far it is, and forgets it where another is heard", () => {
      page.playing = { id: 1, isPlaying: true };
      const { rerender } = show(<SoundTile asset={SOUND} />);
      act(() => page.draw());
      expect([document.querySelector(".numbers")?.textContent, played()]).toEqual(["3.0 s", ["150", "150"]]);
      page.playing = { id: 1, isPlaying: false };
      rerender(<SoundTile asset={SOUND} />);
      expect([document.querySelector(".numbers"), played()]).toEqual([null, ["150", "150"]]);
      page.playing = { id: 2, isPlaying: true };
      rerender(<SoundTile asset={SOUND} />);
      expect([document.querySelector(".numbers"), played()]).toEqual([null, []]);
    });
  });
});
