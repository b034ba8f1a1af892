// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { act as react, cleanup, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Asset, State } from "../../data/assets/schema";
import { orderOf } from "../../platform/selection";
import { assetOf } from "../../testing/assets";
import { held, settled } from "../../testing/settled";
import { useReview } from "./useReview";

const act = vi.hoisted(() => vi.fn());
const error = vi.hoisted(() => vi.fn());
const sleep = vi.hoisted(() => vi.fn());
vi.mock("./api", () => ({ act }));
vi.mock("../../ui/toast", () => ({ toast: { error } }));
vi.mock("../../platform/sleep", () => ({ sleep }));
vi.mock("../../data/live/stream", () => ({ backoffMs: (failures: number) => 1000 + failures }));

const onConfirmed = vi.fn();
const forget = vi.fn();
const remember = vi.fn<(undo: () => Promise<void>) => () => void>();
const states: Record<number, State> = { 1: "new", 2: "approved", 3: "set_aside", 4: "new" };
function opened(first = 1) {
  const ids = orderOf([1, 2, 3, 4, 5].map((id) => ({ id })));
  const stateOf = (id: number) => states[id] ?? null;
  return renderHook(() => useReview({ ids, first, stateOf, onConfirmed, remember })).result;
}
const sent = () => act.mock.calls as [string, number[]][];
beforeEach(() => {
  vi.resetAllMocks();
  remember.mockReturnValue(forget);
});

describe("a judgement", () => {
  it("is sent at once, goes on to the next file, and counts as saved once it is confirmed", async () => {
    const first = held();
    act.mockReturnValueOnce(first.promise);
    const review = opened();
    react(() => review.current.decide("approve"));
    expect([sent(), review.current.review.at, review.current.waiting]).toEqual([[["approve", [1]]], 1, 1]);
    const leaves = () => window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
    expect([onConfirmed.mock.calls, leaves()]).toEqual([[], false]);
    first.go();
    await settled();
    expect([review.current.waiting, leaves()]).toEqual([0, true]);
    const [[ids, change]] = onConfirmed.mock.calls as [[number[], (asset: Asset) => Asset]];
    expect([ids, change(assetOf({ state: "new" })).state]).toEqual([[1], "approved"]);
  });

  it("of the same kind is sent with those that came while another was under way, in order", async () => {
    const first = held();
    act.mockReturnValueOnce(first.promise);
    const review = opened();
    for (const action of ["approve", "trash", "trash", "approve"] as const) react(() => review.current.decide(action));
    expect([sent().length, review.current.waiting]).toEqual([1, 4]);
    first.go();
    await settled();
    expect(sent()).toEqual([
      ["approve", [1]],
      ["trash", [2, 3]],
      ["approve", [4]],
    ]);
  });

  it("is none of a file that is not loaded, nor behind the last one", async () => {
    const review = opened(5);
    react(() => review.current.decide("approve"));
    expect(review.current.review.at).toBe(4);
    react(() => review.current.go(9));
    expect(review.current.review.at).toBe(5);
    react(() => review.current.decide("approve"));
    await settled();
    expect([sent(), review.current.waiting]).toEqual([[], 0]);
  });

  it("that deletes for good confirms no state", async () => {
    const review = opened();
    react(() => review.current.decide("purge"));
    await settled();
    expect([sent().length, onConfirmed.mock.calls]).toEqual([1, []]);
  });
});

it.each([
  ["approve", 1, "unapprove"],
  ["trash", 1, "restore"],
  ["trash", 3, "restore"],
  ["approve", 3, "set_aside"],
  ["set_aside", 2, "approve"],
] as const)("%s of file %i is taken back by %s, once", async (action, id, back) => {
  const review = opened(id);
  react(() => review.current.decide(action));
  await settled();
  react(() => review.current.undo());
  await settled();
  react(() => review.current.undo());
  await settled();
  expect([sent(), review.current.review]).toEqual([
    [
      [action, [id]],
      [back, [id]],
    ],
    { at: id - 1, judged: [] },
  ]);
});

it.each([
  ["trash", 3, "restore", "set_aside"],
  ["approve", 1, "unapprove", "new"],
] as const)("%s of file %i can be undone from the list, once it is saved", async (action, id, back, state) => {
  const judged = held();
  act.mockReturnValueOnce(judged.promise);
  const review = opened(id);
  react(() => review.current.decide(action));
  cleanup();
  const undoing = remember.mock.calls[0]?.[0]();
  await settled();
  expect(sent()).toEqual([[action, [id]]]);
  judged.go();
  await undoing;
  expect(sent()).toEqual([
    [action, [id]],
    [back, [id]],
  ]);
  const [ids, change] = onConfirmed.mock.lastCall as [number[], (asset: Asset) => Asset];
  expect([ids, change(assetOf({ id })).state, forget.mock.calls.length]).toEqual([[id], state, 0]);
});

it("what was taken back or refused is not undone from the list", async () => {
  const review = opened();
  react(() => review.current.decide("trash"));
  react(() => review.current.undo());
  await settled();
  expect(forget).toHaveBeenCalledTimes(1);
  act.mockRejectedValueOnce(new PMDError(404, "Gone"));
  react(() => review.current.decide("trash"));
  await settled();
  expect([remember.mock.calls.length, forget.mock.calls.length]).toEqual([2, 2]);
});

it("a file that is taken out of the trash is what it was before", async () => {
  const review = opened(2);
  react(() => review.current.decide("trash"));
  react(() => review.current.undo());
  await settled();
  const [, change] = onConfirmed.mock.lastCall as [number[], (asset: Asset) => Asset];
  expect(change(assetOf({ id: 2, state: "trash" })).state).toBe("approved");
});

describe("a refusal", () => {
  it.each([503, 401])("by %i is tried again, later each time, and said meanwhile", async (status) => {
    const wait = held();
    sleep.mockResolvedValueOnce(undefined).mockReturnValueOnce(wait.promise);
    act.mockRejectedValueOnce(new PMDError(status, "Away")).mockRejectedValueOnce(new PMDError(status, "Away"));
    const review = opened();
    react(() => review.current.decide("approve"));
    await settled();
    expect([review.current.trouble, review.current.waiting]).toEqual(["Away", 1]);
    wait.go();
    await settled();
    expect([review.current.trouble, review.current.waiting, sent().length]).toEqual([null, 0, 3]);
    expect(sleep.mock.calls).toEqual([[1000], [1001]]);
    sleep.mockResolvedValueOnce(undefined);
    act.mockRejectedValueOnce(new PMDError(status, "Away"));
    react(() => review.current.decide("approve"));
    await settled();
    expect(sleep.mock.lastCall).toEqual([1000]);
  });

  it("of one file takes its judgement back, and says why", async () => {
    act.mockRejectedValueOnce(new PMDError(404, "Gone"));
    const review = opened();
    react(() => review.current.decide("approve"));
    await settled();
    expect([review.current.review, error.mock.calls, review.current.waiting]).toEqual([
      ...[{ at: 1, judged: [] }, [["Gone"]], 0],
    ]);
    expect([onConfirmed.mock.calls, sleep.mock.calls]).toEqual([[], []]);
    react(() => review.current.decide("approve"));
    await settled();
    expect(sent().at(-1)).toEqual(["approve", [2]]);
  });

  it("of several files sends each alone, so that one that is gone takes no other with it", async () => {
    const first = held();
    act.mockReturnValueOnce(first.promise);
    const review = opened();
    for (const action of ["trash", "approve", "approve", "approve"] as const)
      react(() => review.current.decide(action));
    const refusal = new PMDError(404, "Gone");
    act.mockRejectedValueOnce(refusal).mockResolvedValueOnce(undefined).mockRejectedValueOnce(refusal);
    first.go();
    await settled();
    expect(sent().map(([, ids]) => ids)).toEqual([[1], [2, 3, 4], [2], [3], [4]]);
    expect(review.current.review.judged.map(({ id }) => id)).toEqual([1, 2, 4]);
    expect(error).toHaveBeenCalledTimes(1);
  });
});

it("goes to any file, and not past the ends", () => {
  const review = opened(3);
  const seen = [];
  for (const to of [4, 0, -3, 99]) {
    react(() => review.current.goTo(to));
    seen.push(review.current.review.at);
  }
  react(() => review.current.go(-1));
  expect([...seen, review.current.review.at]).toEqual([4, 0, 0, 5, 4]);
});
