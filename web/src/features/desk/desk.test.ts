import { PMDError } from "@pmd/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { draftOf } from "../../testing/drafts";
import { Desk, keepUnsaved, takeUnsaved } from "./desk";
import type { Change } from "./sheet";

const SETTLED = 250;
const sends = vi.fn<(changes: readonly Change[]) => Promise<unknown>>();
const reportError = vi.fn();
const stored = new Map<string, string>();

const saved = (changes: readonly Change[]) =>
  Promise.resolve({
    items: changes.map(({ id, version, fields }) => ({
      ...{ id, outcome: "changed" as const, errors: [] },
      draft: draftOf({ id, version: version + 1, title: fields.title ?? null }),
    })),
    changed_count: changes.length,
  });

beforeEach(() => {
  vi.useFakeTimers({ now: 1e12 });
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("reportError", reportError);
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  vi.resetAllMocks();
  stored.clear();
  sends.mockImplementation(saved);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function opened(...ids: readonly number[]) {
  const desk = new Desk(sends as ConstructorParameters<typeof Desk>[0]);
  desk.serve((ids.length ? ids : [1]).map((id) => draftOf({ id })));
  return desk;
}
const titled = (desk: Desk, title: string, id = 1, before: string | null = null) =>
  desk.write([{ id, field: "title", before, after: title }]);
const sent = () => sends.mock.calls.map(([changes]) => changes.map(({ id, fields }) => [id, fields.title]));
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it("sends what is written in quick succession together, once it pauses", async () => {
  const desk = opened(1, 2);
  titled(desk, "One");
  await pass(SETTLED - 1);
  titled(desk, "Two", 2);
  await pass(SETTLED - 1);
  expect([sent(), desk.hasUnsaved(), desk.saving.get().savedAt]).toEqual([[], true, null]);
  await pass(1);
  expect(sent()).toEqual([
    [
      [1, "One"],
      [2, "Two"],
    ],
  ]);
  expect([desk.hasUnsaved(), desk.saving.get()]).toEqual([
    false,
    { isBusy: false, savedAt: Date.now(), failure: null },
  ]);
});

it("sends one request at a time, and afterwards what was written meanwhile", async () => {
  let answer: () => void = () => undefined;
  sends.mockImplementationOnce(async (changes) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return saved(changes);
  });
  const desk = opened();
  titled(desk, "One");
  await pass(SETTLED);
  titled(desk, "Two", 1, "One");
  await pass(10 * SETTLED);
  desk.retry();
  expect([sent().length, desk.saving.get().isBusy]).toEqual([1, true]);
  answer();
  await pass(SETTLED);
  expect(sent()).toEqual([[[1, "One"]], [[1, "Two"]]]);
});

it("sends nothing where nothing has changed", async () => {
  const desk = opened();
  desk.write([{ id: 1, field: "title", before: "Same", after: "Same" }]);
  desk.retry();
  await pass(SETTLED);
  expect([sent(), desk.undo()]).toEqual([[], null]);
});

it.each([
  ["the service's own refusal", new PMDError(503, "Away"), "Away", 0],
  ["a mistake of the page", new TypeError("odd"), "odd", 1],
  ["what is no error", "just words", "just words", 1],
])("says %s, and reports mistakes alone", async (_what, error, message, reports) => {
  sends.mockRejectedValueOnce(error);
  const desk = opened();
  titled(desk, "One");
  await pass(SETTLED);
  expect(desk.saving.get()).toEqual({
    ...{ isBusy: false, savedAt: null },
    failure: { message, retryAt: Date.now() + 4000 },
  });
  expect([reportError.mock.calls.length, desk.hasUnsaved()]).toEqual([reports, true]);
});

it("waits longer after each failure, and is tried at once where that is asked", async () => {
  const waits: unknown[] = [];
  sends.mockImplementation(() => Promise.reject(new PMDError(503, "Away")));
  const desk = opened();
  titled(desk, "One");
  await pass(SETTLED);
  for (let failures = 0; failures < 2; failures += 1) {
    waits.push((desk.saving.get().failure?.retryAt ?? 0) - Date.now());
    await pass(4000 * 2 ** failures);
  }
  expect([waits, sent().length]).toEqual([[4000, 8000], 3]);
  desk.retry();
  await pass(31_999);
  expect(sent()).toHaveLength(4);
  sends.mockImplementation(saved);
  desk.retry();
  await pass(0);
  expect([sent().length, desk.saving.get().failure]).toEqual([5, null]);
  await pass(60_000);
  expect(sent()).toHaveLength(5);
  sends.mockRejectedValueOnce(new PMDError(503, "Away"));
  titled(desk, "Two", 1, "One");
  await pass(SETTLED);
  expect((desk.saving.get().failure?.retryAt ?? 0) - Date.now()).toBe(4000);
});

it("goes on saving after a failure whose cells were taken back before it tried again", async () => {
  sends.mockRejectedValueOnce(new PMDError(503, "Away"));
  const desk = opened();
  titled(desk, "One");
  await pass(SETTLED);
  desk.undo();
  await pass(4000);
  expect([sent().length, desk.saving.get().failure]).toEqual([1, null]);
  titled(desk, "Two");
  await pass(SETTLED);
  expect(sent().slice(1)).toEqual([[[1, "Two"]]]);
});

it("tells how many cells of a step were written since, and leaves those", () => {
  const desk = opened(1, 2);
  desk.write([
    { id: 1, field: "title", before: null, after: "One" },
    { id: 2, field: "title", before: null, after: "Two" },
  ]);
  desk.edit(new Map([[2, { title: "Since" }]]));
  const titles = () => [...desk.sheet.get().values()].map(({ shown }) => shown.title);
  expect(desk.undo()).toMatchObject({ cells: [{ id: 1 }], left: 1 });
  expect(titles()).toEqual([null, "Since"]);
  expect(desk.undo(true)).toMatchObject({ cells: [{ id: 1 }] });
  expect([titles(), desk.undo(true)]).toEqual([["One", "Since"], null]);
});

it("keeps what is not saved for the next visit, once", async () => {
  const desk = opened(1, 2);
  titled(desk, "One");
  keepUnsaved(desk, "kept");
  const kept = takeUnsaved("kept");
  expect([...kept]).toEqual([[1, { edits: { title: "One" }, bases: { title: null } }]]);
  expect([takeUnsaved("kept").size, takeUnsaved("never").size]).toEqual([0, 0]);
  vi.clearAllTimers(); // with its page
  const next = opened(1, 2);
  next.restore(kept);
  await pass(SETTLED);
  expect(sent()).toEqual([[[1, "One"]]]);
});

it("has neither a draft that is gone nor what was written in it", async () => {
  const desk = opened(1, 2);
  titled(desk, "One");
  desk.remove([1]);
  await pass(SETTLED);
  expect([[...desk.sheet.get().keys()], sent(), desk.hasUnsaved()]).toEqual([[2], [], false]);
});
