// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import type { Packed } from "./folders";
import { usePackFiles } from "./usePackFiles";

const fillPack = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ error: vi.fn(), info: vi.fn() }));
vi.mock("./api", () => ({ fillPack }));
vi.mock("../../ui/toast", () => ({ toast }));
const onChanged = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  fillPack.mockResolvedValue(undefined);
});

const packed = (id: number): Packed =>
  ({ asset_id: id, notes: null, path: null, rel_path: `assets/${id}.png`, folder: "" }) as Packed;
const idsOf = (assets: readonly Packed[]) => assets.map(({ asset_id: id }) => id);

function opened(ids: readonly number[] = [1, 2, 3, 4]) {
  const client = new QueryClient();
  const { result, rerender } = renderHook(({ saved }) => usePackFiles(7, saved, onChanged), {
    initialProps: { saved: ids.map(packed) },
    wrapper: ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    ),
  });
  type Files = typeof result.current;
  return {
    does: async (what: (files: Files) => void) => {
      act(() => what(result.current));
      await settled();
    },
    serves: (served: readonly number[]) => rerender({ saved: served.map(packed) }),
    inside: () => idsOf(result.current.inside),
    shown: () => idsOf(result.current.shown).map((id) => (result.current.isOut(id) ? -id : id)),
    folders: () => result.current.inside.map(({ folder }) => folder),
  };
}
const sent = () =>
  (fillPack.mock.calls as [number, Packed[], Packed[]][]).map(([pack, from, to]) => [pack, idsOf(from), idsOf(to)]);

it("leaves files out and keeps them in sight where they stood, until they are taken in again", async () => {
  const pack = opened();
  await pack.does((files) => files.leaveOut([2, 4]));
  expect([pack.inside(), pack.shown()]).toEqual([
    [1, 3],
    [1, -2, 3, -4],
  ]);
  pack.serves([1, 3]);
  await pack.does((files) => files.leaveOut([1]));
  pack.serves([3]);
  expect(pack.shown()).toEqual([-1, -2, 3, -4]);
  await pack.does((files) => files.takeIn([4, 2]));
  expect([pack.inside(), pack.shown()]).toEqual([
    [2, 3, 4],
    [-1, 2, 3, 4],
  ]);
  expect(sent()).toEqual([
    [7, [1, 2, 3, 4], [1, 3]],
    [7, [1, 3], [3]],
    [7, [3], [2, 3, 4]],
  ]);
  expect(onChanged).toHaveBeenCalledTimes(3);
});

it.each([
  [[2], "1 file left out of the pack. Your library keeps it."],
  [[2, 4, 9, 2], "2 files left out of the pack. Your library keeps them."],
])("says that %j were left out once that is saved, and takes it back", async (ids, words) => {
  let save: () => void = () => undefined;
  fillPack.mockImplementationOnce(() => new Promise<void>((resolve) => (save = resolve)));
  const pack = opened();
  await pack.does((files) => files.leaveOut(ids));
  expect([toast.info.mock.calls, onChanged.mock.calls]).toEqual([[], []]);
  save();
  await settled();
  const [[said, { action }]] = toast.info.mock.calls as [[string, { action: { label: string; onClick: () => void } }]];
  expect([said, action.label, onChanged.mock.calls.length]).toEqual([words, "Undo", 1]);
  const left = pack.inside();
  await pack.does(() => action.onClick());
  expect([pack.shown(), sent().at(-1)]).toEqual([
    [1, 2, 3, 4],
    [7, left, [1, 2, 3, 4]],
  ]);
  expect(toast.info).toHaveBeenCalledTimes(1);
});

it("sends nothing where nothing would change", async () => {
  const pack = opened();
  await pack.does((files) => files.leaveOut([9]));
  await pack.does((files) => files.takeIn([1, 9]));
  await pack.does((files) => files.moveBy(1, -1));
  await pack.does((files) => files.moveBy(4, 1));
  await pack.does((files) => files.moveBefore(2, 3));
  expect([sent(), pack.inside()]).toEqual([[], [1, 2, 3, 4]]);
});

it.each([
  ["up", (files: Moving) => files.moveBy(3, -1), [1, 3, 2, 4]],
  ["down", (files: Moving) => files.moveBy(1, 1), [2, 1, 3, 4]],
  ["before another", (files: Moving) => files.moveBefore(4, 2), [1, 4, 2, 3]],
  ["to the front, before one that is gone", (files: Moving) => files.moveBefore(3, 9), [3, 1, 2, 4]],
])("moves a file %s", async (_where, move, order) => {
  const pack = opened();
  await pack.does(move);
  expect([pack.inside(), sent()]).toEqual([order, [[7, [1, 2, 3, 4], order]]]);
});
type Moving = Pick<ReturnType<typeof usePackFiles>, "moveBy" | "moveBefore">;

it("puts files into a folder, under the names that they have", async () => {
  const pack = opened([1, 2]);
  await pack.does((files) => files.toFolder([2], "heroes"));
  expect(pack.folders()).toEqual(["", "heroes"]);
  const [[, from, to]] = fillPack.mock.calls as [[number, unknown, unknown]];
  expect([from, to]).toEqual([
    [{ asset_id: 1 }, { asset_id: 2 }],
    [{ asset_id: 1 }, { asset_id: 2, path: "heroes/2.png" }],
  ]);
});

it("says why it was not saved, and shows what the service has", async () => {
  fillPack.mockRejectedValueOnce(new PMDError(409, "It has changed."));
  const pack = opened();
  await pack.does((files) => files.leaveOut([2]));
  expect(toast.error.mock.calls).toEqual([["The pack was not saved. It has changed."]]);
  expect([pack.shown(), onChanged.mock.calls.length, toast.info.mock.calls]).toEqual([[1, 2, 3, 4], 1, []]);
});

it("shows a change while it is being saved, whatever is served of the one before", async () => {
  const pack = opened();
  await pack.does((files) => files.leaveOut([4]));
  let go: () => void = () => undefined;
  fillPack.mockReturnValueOnce(new Promise<void>((resolve) => (go = resolve)));
  await pack.does((files) => files.leaveOut([3]));
  pack.serves([1, 2, 3]);
  expect(pack.inside()).toEqual([1, 2]);
  await pack.does(() => go());
  pack.serves([2, 1]); // and then what is there
  expect(pack.inside()).toEqual([2, 1]);
});

it.each([
  [[2], 4, 2, [1, 4, 3]],
  [[2, 3], 4, 2, [1, 4]],
  [[4], 1, 4, [2, 3, 1]],
  [[2], 3, 2, [1, 3, 4]],
])("with %j left out, %i goes before %i as it is shown", async (out, moved, before, order) => {
  const pack = opened();
  await pack.does((files) => files.leaveOut(out));
  pack.serves([1, 2, 3, 4].filter((id) => !out.includes(id)));
  await pack.does((files) => files.moveBefore(moved, before));
  expect(pack.inside()).toEqual(order);
});

it("does not move what is left out", async () => {
  const pack = opened();
  await pack.does((files) => files.leaveOut([2]));
  const before = sent();
  await pack.does((files) => files.moveBy(2, 1));
  await pack.does((files) => files.moveBefore(2, 4));
  expect(sent()).toEqual(before);
});
