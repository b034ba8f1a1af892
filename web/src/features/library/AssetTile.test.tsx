// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ComponentProps } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { AssetTile } from "./AssetTile";

const played = vi.hoisted(() => ({ use: vi.fn<(...given: unknown[]) => Asset | null>() }));
vi.mock("./usePlayed", () => ({ usePlayed: played.use }));
vi.mock("./SoundTile", () => ({ SoundTile: ({ asset }: { asset: Asset }) => <i>{`sound ${asset.name}`}</i> }));
vi.mock("../../ui/useMat", () => ({ useMat: () => ["light", vi.fn()] }));
vi.mock("../../data/assets/AssetPicture", () => ({
  AssetPicture: ({ asset, size }: { asset: Asset; size: number }) => <i>{`picture ${asset.name} ${size}`}</i>,
}));

const on = { onClick: vi.fn(), onOpen: vi.fn(), onStack: vi.fn() };
const FRAMES = [1, 2, 3].map((number) => assetOf({ id: number, name: `walk_0${number}.png` }));
beforeEach(() => {
  vi.resetAllMocks();
  played.use.mockReturnValue(null);
});
afterEach(cleanup);

type Props = ComponentProps<typeof AssetTile>;
function show(part: Partial<Asset> = {}, props: Partial<Props> = {}) {
  const asset = assetOf(part);
  const { container } = render(
    <AssetTile
      {...{ asset, size: 160, look: "grid", stack: 0, frames: [], isSpread: false }}
      {...{ isSelected: false, isActive: false, place: 4, total: 9, ...on, ...props }}
    />,
  );
  const tile = screen.getByRole("option");
  const find = (selector: string) => container.querySelector<HTMLElement>(selector);
  return {
    asset,
    tile,
    find,
    name: () => find(".asset-name")?.textContent,
    chip: () => find(".asset-chip")?.textContent,
  };
}
const calls = () => [on.onOpen, on.onClick, on.onStack].map(({ mock }) => mock.calls.length);

it("is one of all files, at its place, and says what it is", () => {
  const { tile, find } = show({ name: "hero.png", state: "approved" }, { isSelected: true, isActive: true });
  const said = ["aria-posinset", "aria-setsize", "aria-selected", "data-active", "data-stack", "data-label"];
  expect(said.map((name) => tile.getAttribute(name))).toEqual(["5", "9", "true", "true", "false", null]);
  expect(find(".asset-name")?.textContent).toBe("hero.png, Approved, 16 × 16 · PNG · 612 B");
  expect([find(".state-mark")?.dataset["state"], find(".asset-check svg") !== null]).toEqual(["approved", true]);
});

it("has no sign that it is selected, published or rated where it is not", () => {
  const { tile, find } = show();
  expect([tile.getAttribute("aria-selected"), tile.dataset["active"], find(".asset-check svg")]).toEqual([
    ...["false", "false", null],
  ]);
  expect([screen.queryByLabelText("published"), find(".stars"), find(".asset-chip")]).toEqual([null, null, null]);
});

it("has signs of its post, its stars and its label", () => {
  const { tile } = show({ post_id: 7, rating: 3, label: 6 });
  expect(screen.queryByLabelText("published")).not.toBeNull();
  expect([screen.queryByLabelText("3 of 5 stars") !== null, tile.dataset["label"]]).toEqual([true, "6"]);
});

it.each([
  [{}, [1, 0, 0]],
  [{ shiftKey: true }, [0, 1, 0]],
  [{ ctrlKey: true }, [0, 1, 0]],
  [{ metaKey: true }, [0, 1, 0]],
])("a click with %j opens it, or selects it", (keys, done) => {
  const { asset, find } = show();
  fireEvent.click(find(".asset-name") ?? document.body, keys);
  expect(calls()).toEqual(done);
  if (done[1]) expect(on.onClick.mock.calls).toEqual([[asset, "shiftKey" in keys]]);
  else expect(on.onOpen.mock.calls).toEqual([[asset]]);
});

it("a click on its box selects it, and one on its stack opens the stack", () => {
  const { asset, find } = show({}, { stack: 2 });
  fireEvent.click(find(".asset-check") ?? document.body);
  fireEvent.click(find(".asset-stack") ?? document.body, { shiftKey: true });
  expect([on.onClick.mock.calls, on.onStack.mock.calls, on.onOpen.mock.calls]).toEqual([
    [[asset, false]],
    [[asset]],
    [],
  ]);
});

it.each([
  ["alone", {}, {}, undefined, false, "false"],
  ["with one below it", {}, { stack: 1 }, " 2", false, "true"],
  ["an animation", { frame_count: 12 }, {}, "12 f", true, "false"],
  ["a still of one frame", { frame_count: 1 }, {}, undefined, false, "false"],
  ["a video of unknown length", { type: "video", frame_count: null }, {}, " f", true, "false"],
  ["a folded sequence", {}, { frames: FRAMES }, " 3", true, "true"],
  ["a sequence that is spread", {}, { frames: FRAMES, isSpread: true }, " 3", false, "false"],
] as const)("says how many it stands for: %s", (_what, part, props, chip, moves, isStack) => {
  const shown = show(part, props);
  const isCount = shown.find(".asset-stack") !== null;
  expect([shown.chip(), shown.find(".asset-art")?.classList.contains("moves"), shown.tile.dataset["stack"]]).toEqual([
    ...[chip, moves, isStack],
  ]);
  expect(isCount).toBe("stack" in props || "frames" in props);
});

it("has the name of the sequence while it is folded, and its own when it is spread", () => {
  const folded = show({ name: "walk_01.png" }, { frames: FRAMES });
  expect(folded.name()).toMatch(/^walk_01 … 03, sequence of 3, New, /);
  cleanup();
  expect(show({ name: "walk_01.png" }, { frames: FRAMES, isSpread: true }).name()).toMatch(/^walk_01\.png, New, /);
});

it("plays a folded sequence while the pointer is on it or the cursor at it", () => {
  played.use.mockImplementation((frames, isPlaying) => (isPlaying ? ((frames as Asset[])[1] ?? null) : null));
  const { find } = show({ name: "walk_01.png" }, { frames: FRAMES });
  const art = find(".asset-art") ?? document.body;
  const seen = [art.textContent];
  fireEvent.pointerEnter(art);
  seen.push(art.textContent);
  fireEvent.pointerLeave(art);
  seen.push(art.textContent);
  expect(seen).toEqual(["picture walk_01.png 160 3", "picture walk_02.png 160 3", "picture walk_01.png 160 3"]);
  cleanup();
  show({}, { frames: FRAMES, isActive: true });
  expect(played.use.mock.lastCall?.slice(1)).toEqual([true, 160]);
  cleanup();
  show({}, { frames: FRAMES, isActive: true, isSpread: true });
  expect(played.use.mock.lastCall?.slice(1)).toEqual([false, 160]);
});

it.each([
  [{}, "light"],
  [{ has_preview: false }, "plain"],
  [{ type: "audio" }, "plain"],
] as const)("stands on the mat of its picture, where it has one: %j", (part, mat) => {
  expect(show(part).find(".asset-art")?.dataset["mat"]).toBe(mat);
});

it("draws a sound by its waveform", () => {
  expect(show({ type: "audio", name: "hit.wav" }).find(".asset-art")?.textContent).toBe("sound hit.wav");
});

it("in a list, has a small picture and all it measures in columns", () => {
  const part = { folder: "sprites", license_identifier: "CC0-1.0", rating: 2, frame_count: 3 };
  const { tile, find } = show(part, { look: "list", stack: 4 });
  expect([tile.className, find("i")?.textContent, find(".asset-chip"), find(".asset-measure")]).toEqual([
    ...["asset as-row", "picture hero.png 40", null, null],
  ]);
  const cells = [...tile.querySelectorAll(".asset-cell")].map((cell) => cell.textContent);
  expect(cells).toEqual(["16 × 16 · 3 frames · PNG · 612 B", "", "sprites", "Own work", "CC0-1.0"]);
  expect(screen.queryByLabelText("2 of 5 stars")).not.toBeNull();
});
