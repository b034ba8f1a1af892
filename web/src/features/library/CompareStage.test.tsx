// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { CompareStage } from "./CompareStage";

interface SlideProps {
  before: { alt: string };
  after: { alt: string };
  size: { width: number; height: number };
  label: string;
}
const frames = vi.hoisted(() => ({ isWanted: false }));
const room = vi.hoisted(() => ({ width: 0, height: 0 }));
vi.mock("../../data/assets/urls", () => ({
  fileUrl: ({ id }: Asset) => `/file/${id}`,
  previewUrl: ({ id }: Asset, size: number) => `/preview/${id}/${size}`,
}));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => room }));
vi.mock("./useFrames", () => ({
  useFrames: (isWanted: boolean) => Object.assign(frames, { isWanted }),
}));
vi.mock("./Slide", () => ({
  Slide: ({ before, after, size, label }: SlideProps) => (
    <p>{[label, before.alt, after.alt, `${size.width} × ${size.height}`].join(", ")}</p>
  ),
}));
vi.mock("./WaveformView", () => ({
  WaveformView: ({ asset, at, onSeek }: { asset: Asset; at: number; onSeek: (at: number) => void }) => (
    <button onClick={() => onSeek(7)}>{`${asset.name} at ${at}`}</button>
  ),
}));

/** happy-dom plays nothing: `paused` is what was asked for. */
const paused = new WeakMap<HTMLMediaElement, boolean>();
const played = vi.fn<() => Promise<void>>();
beforeEach(() => {
  Object.assign(room, { width: 800, height: 600 });
  played.mockReset().mockResolvedValue(undefined);
  vi.stubGlobal("devicePixelRatio", 1);
  const media = HTMLMediaElement.prototype;
  vi.spyOn(media, "paused", "get").mockImplementation(function (this: HTMLMediaElement) {
    return paused.get(this) ?? true;
  });
  vi.spyOn(media, "play").mockImplementation(function (this: HTMLMediaElement) {
    paused.set(this, false);
    return played();
  });
  vi.spyOn(media, "pause").mockImplementation(function (this: HTMLMediaElement) {
    paused.set(this, true);
  });
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const [PARENT, RESULT] = [
  { id: 1, name: "raw" },
  { id: 2, name: "done" },
];
const show = (parent: Partial<Asset>, result: Partial<Asset> = parent) =>
  render(<CompareStage parent={assetOf({ ...PARENT, ...parent })} result={assetOf({ ...RESULT, ...result })} />);

it.each([
  [16, 64, "576 × 576"],
  [64, 16, "576 × 576"],
  [32, 32, "576 × 576"],
  [100, 250, "500 × 500"],
])("draws pictures %i and %i wide at the size of the larger, by whole pixels", (parent, result, size) => {
  show({ width: parent, height: parent }, { width: result, height: result });
  const words = `Divider between before and after, Before: raw, After: done, ${size}`;
  expect(screen.queryByText(words)).not.toBeNull();
});

it.each([
  ["their size is unknown", { width: null, height: null }, 800],
  ["the page is not laid out yet", {}, 0],
])("draws no pictures while %s", (_while, part, width) => {
  room.width = width;
  expect(show(part).container.querySelector("p")).toBeNull();
});

function sounds() {
  const { container } = show({ type: "audio" });
  const players = [...container.querySelectorAll("audio")];
  const muted = () => players.map((player) => player.muted);
  const pressed = () =>
    ["Before", "After"].map((name) => screen.getByRole("button", { name }).getAttribute("aria-pressed"));
  return { players, muted, pressed, press: (name: string) => fireEvent.click(screen.getByRole("button", { name })) };
}

it("lets the result be heard, and the original instead of it", () => {
  const { players, muted, pressed, press } = sounds();
  expect(players.map(({ src }) => new URL(src).pathname)).toEqual(["/file/1", "/file/2"]);
  expect([muted(), pressed()]).toEqual([
    [true, false],
    ["false", "true"],
  ]);
  press("Before");
  expect([muted(), pressed()]).toEqual([
    [false, true],
    ["true", "false"],
  ]);
});

it("plays both sounds and stops both, and follows the one that is heard", () => {
  const { players, press } = sounds();
  press("Play both");
  expect([players.map((player) => player.paused), frames.isWanted]).toEqual([[false, false], true]);
  Object.assign(players[0] ?? {}, { currentTime: 1 });
  Object.assign(players[1] ?? {}, { currentTime: 2 });
  press("Before");
  fireEvent.click(screen.getByRole("button", { name: "Pause" }));
  expect([players.map((player) => player.paused), frames.isWanted]).toEqual([[true, true], false]);
  press("raw at 0");
  expect(players.map(({ currentTime }) => currentTime)).toEqual([7, 7]);
  expect(["raw at 7", "done at 7"].map((name) => screen.queryByRole("button", { name }) !== null)).toEqual([
    true,
    true,
  ]);
});

it("goes on until the longer sound has ended", () => {
  const { players, press } = sounds();
  press("Play both");
  for (const [index, label] of ["Pause", "Play both"].entries()) {
    const player = players[index];
    if (player) paused.set(player, true);
    fireEvent.ended(player ?? document.body);
    expect(screen.queryByRole("button", { name: label })).not.toBeNull();
  }
});

it("does not seem to play what cannot be played", async () => {
  const { players, press } = sounds();
  played.mockRejectedValue(new DOMException("", "NotSupportedError"));
  for (const player of players) vi.spyOn(player, "error", "get").mockReturnValue({} as MediaError);
  press("Play both");
  await settled();
  expect(screen.queryByRole("button", { name: "Play both" })).not.toBeNull();
});

function videos() {
  show({ type: "video" });
  const [before, after] = ["Before: raw", "After: done"].map((name) =>
    screen.getByLabelText<HTMLVideoElement>(name),
  ) as [HTMLVideoElement, HTMLVideoElement];
  return { before, after };
}

it("shows the original's video silent, and controls on the result's alone", () => {
  const { before, after } = videos();
  const said = [before, after].map((video) => {
    const [src, poster] = ["src", "poster"].map((name) => video.getAttribute(name));
    return [video.muted, video.controls, src, poster];
  });
  expect(said).toEqual([
    [true, false, "/file/1", "/preview/1/1024"],
    [false, true, "/file/2", "/preview/2/1024"],
  ]);
});

it("lets the original's video do what the result's does", () => {
  const { before, after } = videos();
  paused.set(after, false);
  fireEvent.play(after);
  expect(before.paused).toBe(false);
  paused.set(after, true);
  fireEvent.pause(after);
  expect(before.paused).toBe(true);
});

it.each([
  [3, 3.1, 3.1],
  [3, 3.5, 3],
  [3, 2.5, 3],
])("at %d s, the other video at %d s goes on from %d s", (leads, follows, then) => {
  const { before, after } = videos();
  after.currentTime = leads;
  before.currentTime = follows;
  fireEvent.timeUpdate(after);
  expect(before.currentTime).toBe(then);
});
