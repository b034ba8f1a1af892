// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { draftOf } from "../../testing/drafts";
import { settled } from "../../testing/settled";
import type { DraftsScheduled, ScheduleRequest } from "./schema";
import { useScheduling } from "./useScheduling";

interface Undo {
  action: { label: string; onClick: () => void };
  duration: number;
}
const told = vi.hoisted(() => ({
  success: vi.fn<(text: string, options?: Undo) => void>(),
  error: vi.fn<(text: string) => void>(),
  info: vi.fn(),
}));
const api = vi.hoisted(() => ({
  scheduleDrafts: vi.fn(),
  unschedule: vi.fn(),
  publishNow: vi.fn(),
  deleteDrafts: vi.fn(),
}));
const drafts = vi.hoisted(() => ({
  desk: { sheet: { get: (): Map<number, object> => new Map() }, remove: vi.fn() },
  refreshDrafts: vi.fn(),
  refreshSoon: vi.fn(),
}));
vi.mock("../../ui/toast", () => ({ toast: told, UNDO_MS: 20_000 }));
vi.mock("./api", () => api);
vi.mock("./useDrafts", () => drafts);

const DUE = "2026-01-05T17:00:00Z";
const BEFORE = "2026-01-02T09:00:00Z";
const onDone = vi.fn();

beforeEach(() => {
  vi.resetAllMocks();
  const known = [draftOf({ id: 1, title: "Sea" }), draftOf({ id: 2, due_at: BEFORE, title: null }), draftOf({ id: 3 })];
  const entries = known.map((served) => [served.id, { served }] as const);
  drafts.desk.sheet.get = () => new Map(entries);
});
afterEach(cleanup);

const wrapper = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
);
const opened = () => renderHook(() => useScheduling("Europe/Berlin", onDone), { wrapper }).result;
type Scheduling = ReturnType<typeof opened>["current"];
async function does(work: (scheduling: Scheduling) => void) {
  const { current } = opened();
  act(() => work(current));
  await settled();
}
type Item = Partial<DraftsScheduled["items"][number]>;
const answer = (...items: Item[]) => ({
  items: items.map((item) => ({ outcome: "scheduled", due_at: DUE, problems: [], ...item })),
  scheduled_count: items.length,
  message: "The service says so.",
});
const said = () => [told.success.mock.calls.map(([text]) => text), told.error.mock.calls.map(([text]) => text)];
async function undoes() {
  act(() => told.success.mock.calls[0]?.[1]?.action.onClick());
  await settled();
}

it.each([
  ["one, on the clocks of its zone", [{ id: 1 }], "“Sea” goes out on Mon 5 Jan at 18:00."],
  ["one without a title", [{ id: 2 }], "“The draft” goes out on Mon 5 Jan at 18:00."],
  ["one that has not said when", [{ id: 1, due_at: null }], "The service says so."],
  ["several", [{ id: 1 }, { id: 2 }], "The service says so."],
  ["one of two", [{ id: 1 }, { id: 2, outcome: "no_day" }], "“Sea” goes out on Mon 5 Jan at 18:00."],
] as [string, Item[], string][])("says when drafts go out: %s", async (_what, items, words) => {
  api.scheduleDrafts.mockResolvedValue(answer(...items));
  const body: ScheduleRequest = { draft_ids: [1], day: "2026-01-05" };
  await does(({ schedule }) => schedule(body));
  expect(api.scheduleDrafts.mock.calls).toEqual([[body]]);
  expect(said()).toEqual([[words], []]);
  expect(told.success.mock.calls[0]?.[1]).toMatchObject({ action: { label: "Undo" }, duration: 20_000 });
  expect([onDone, drafts.refreshDrafts, drafts.refreshSoon].map((each) => each.mock.calls.length)).toEqual([1, 1, 1]);
});

const problem = { code: "no_title", message: "It has no title.", is_blocking: true } as const;
it.each([
  ["why, of the first", [{ id: 1, outcome: "not_ready", problems: [problem] }], "The service says so. It has no title."], // prettier-ignore
  ["and nothing more without a problem", [{ id: 1, outcome: "no_day" }], "The service says so."],
  ["and nothing of one that is lost", [{ id: 1, outcome: "lost", problems: [problem] }], "The service says so."],
  ["of the first that waits", [{ id: 9, outcome: "lost" }, { id: 1, outcome: "no_day", problems: [problem] }], "The service says so. It has no title."], // prettier-ignore
] as [string, Item[], string][])("says that none is scheduled, %s", async (_what, items, words) => {
  api.scheduleDrafts.mockResolvedValue(answer(...items));
  await does(({ schedule }) => schedule({}));
  expect(said()).toEqual([[], [words]]);
  expect(onDone).toHaveBeenCalledTimes(1);
});

it("puts back what was scheduled: drafts together, others on the day that they had", async () => {
  api.scheduleDrafts.mockResolvedValue(answer({ id: 1 }, { id: 2 }, { id: 3 }, { id: 9, outcome: "lost" }));
  await does(({ schedule }) => schedule({ draft_ids: [1, 2, 3, 9] }));
  api.scheduleDrafts.mockClear();
  await undoes();
  expect([api.unschedule.mock.calls, api.scheduleDrafts.mock.calls]).toEqual([
    ...[[[[1, 3]]], [[{ draft_ids: [2], at: BEFORE }]]],
  ]);
  expect([told.success.mock.lastCall, drafts.refreshDrafts.mock.calls.length]).toEqual([["Undone."], 2]);
});

it("puts back what was on a day alone, and takes nothing from the days", async () => {
  api.scheduleDrafts.mockResolvedValue(answer({ id: 2 }));
  await does(({ schedule }) => schedule({ draft_ids: [2] }));
  await undoes();
  expect([api.unschedule.mock.calls, api.scheduleDrafts.mock.lastCall]).toEqual([
    ...[[], [{ draft_ids: [2], at: BEFORE }]],
  ]);
});

it.each([
  [0, [[], ["The service says so."]]],
  [1, [["1 draft will be out within seconds."], []]],
  [2, [["2 drafts will be out within seconds."], []]],
])("publishes at once, and says that %i go out", async (count, words) => {
  api.publishNow.mockResolvedValue({ ...answer(), scheduled_count: count });
  await does(({ publish }) => publish([1, 2]));
  expect([api.publishNow.mock.calls, said(), onDone.mock.calls.length]).toEqual([[[[1, 2]]], words, 1]);
});

it.each([
  [1, "1 post is a draft again."],
  [2, "2 posts are drafts again."],
])("takes %i back to the drafts, and can undo it", async (count, words) => {
  api.unschedule.mockResolvedValue({ affected_count: count });
  await does(({ toDrafts }) => toDrafts([1, 2, 9]));
  expect([api.unschedule.mock.calls, said(), onDone.mock.calls.length]).toEqual([[[[1, 2, 9]]], [[words], []], 1]);
  expect(told.success.mock.calls[0]?.[1]).toMatchObject({ action: { label: "Undo" }, duration: 20_000 });
  await undoes();
  // Only what was on a day goes back to it.
  expect([api.unschedule.mock.calls.length, api.scheduleDrafts.mock.calls]).toEqual([
    ...[1, [[{ draft_ids: [2], at: BEFORE }]]],
  ]);
});

it.each([
  [1, "1 draft deleted. Their files stay in the library."],
  [2, "2 drafts deleted. Their files stay in the library."],
])("deletes %i, which leave the table at once", async (count, words) => {
  api.deleteDrafts.mockResolvedValue({ affected_count: count });
  await does(({ remove }) => remove([1, 2]));
  expect([api.deleteDrafts.mock.calls, drafts.desk.remove.mock.calls]).toEqual([[[[1, 2]]], [[[1, 2]]]]);
  expect([said(), onDone.mock.calls.length]).toEqual([[[words], []], 1]);
});

it.each(["schedule", "publish", "toDrafts", "remove"] as const)(
  "says why the service refuses to %s, and keeps what is selected",
  async (name) => {
    for (const call of Object.values(api)) call.mockRejectedValue(new PMDError(409, "Not now."));
    await does((scheduling) => scheduling[name]([1] as never));
    expect([said(), onDone.mock.calls, drafts.desk.remove.mock.calls]).toEqual([[[], ["Not now."]], [], []]);
    expect(drafts.refreshDrafts).toHaveBeenCalledTimes(1);
  },
);

it("is busy until the service has answered", async () => {
  let go: (given: object) => void = () => undefined;
  api.publishNow.mockReturnValue(new Promise((resolve) => (go = resolve)));
  const result = opened();
  expect(result.current.isBusy).toBe(false);
  act(() => result.current.publish([1]));
  await settled();
  expect(result.current.isBusy).toBe(true);
  go({ scheduled_count: 1 });
  await settled();
  expect(result.current.isBusy).toBe(false);
});
