// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { type Sequence, SequenceStage } from "./SequenceStage";

const mocks = vi.hoisted(() => ({ openShared: vi.fn(), usePlayed: vi.fn() }));
vi.mock("../../data/dialogs", () => ({ openShared: mocks.openShared }));
vi.mock("./usePlayed", () => ({ FRAME_MS: 120, usePlayed: mocks.usePlayed }));
vi.mock("../../data/assets/AssetPicture", () => ({
  AssetPicture: ({ asset }: { asset: Asset }) => <i data-played={asset.id} />,
  ArtOnMat: () => null,
}));
vi.mock("./words", () => ({ sequenceName: () => "walk" }));

const FRAMES = [1, 2, 3].map((id) => assetOf({ id, frame_number: id + 10, folder: "heroes/walk" }));
const onUnfold = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  mocks.usePlayed.mockReturnValue(null);
});
afterEach(cleanup);
const show = (part: Partial<Sequence> = {}) =>
  render(<SequenceStage sequence={{ frame_count: 3, size_bytes: 1836, items: FRAMES, ...part }} onUnfold={onUnfold} />)
    .container;
const isPlaying = () => (mocks.usePlayed.mock.lastCall as [unknown, boolean])[1];

it("plays until it is stopped, and again", () => {
  show();
  const seen = [isPlaying()];
  for (const name of ["Pause", "Play", "Pause"]) {
    fireEvent.click(screen.getByRole("button", { name }));
    seen.push(isPlaying());
  }
  expect(seen).toEqual([true, false, true, false]);
});

it("shows the frame that is played, and the first while it stands still", () => {
  const container = show();
  expect(container.querySelector<HTMLElement>("[data-played]")?.dataset["played"]).toBe("1");
  cleanup();
  mocks.usePlayed.mockReturnValue(FRAMES[1]);
  const playing = show();
  expect(playing.querySelector<HTMLElement>("[data-played]")?.dataset["played"]).toBe("2");
  const rows = screen.getAllByRole("listitem").map((row) => [row.textContent, row.dataset["active"]]);
  expect(rows).toEqual([
    ["11", "false"],
    ["12", "true"],
    ["13", "false"],
  ]);
});

it.each<[Partial<Sequence>, string]>([
  [{}, "heroes / walk · 16×16 · 1.8 kB together · added 2026-01-01"],
  [{ frame_count: 90 }, "heroes / walk · 16×16 · 1.8 kB together · added 2026-01-01 · the first 3 are shown"],
  [{ items: [assetOf({ width: null })], frame_count: 1 }, "1.8 kB together · added 2026-01-01"],
])("says what its frames have in common: %j", (part, words) => {
  const container = show(part);
  expect(container.querySelector(".alike-note")?.textContent).toBe(words);
  const count = part.frame_count ?? 3;
  expect(screen.queryByText(new RegExp(`^${count} numbered files? that follow`))).not.toBeNull();
});

it("makes a sheet of its frames, or is made single files", () => {
  show();
  fireEvent.click(screen.getByRole("button", { name: "Make a sheet" }));
  expect(mocks.openShared.mock.calls).toEqual([
    [{ about: "task", assets: FRAMES, suggestion: { kind: "pack_sprites", params: {} } }],
  ]);
  expect(onUnfold).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "These are single files, not a sequence" }));
  expect(onUnfold).toHaveBeenCalledTimes(1);
});

it("is nothing without frames", () => {
  expect(show({ items: [], frame_count: 0 }).textContent).toBe("");
});
