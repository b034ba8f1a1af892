// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jobOf } from "../../testing/jobs";
import { settled } from "../../testing/settled";
import { groupJobs } from "./groups";
import type { GroupCounts, Job } from "./schema";
import { TaskWatcher } from "./TaskWatcher";

type Change = (job: Job, before: Job | undefined) => void;
interface Options {
  action: { label: string; onClick: () => void };
  duration?: number;
}
const live = vi.hoisted((): { groups: ReturnType<typeof groupJobs> | null; onChange?: Change } => ({ groups: null }));
const does = vi.hoisted(() => ({ go: vi.fn(), useBadge: vi.fn(), listJobs: vi.fn() }));
const is = vi.hoisted(() => ({ page: "posts" }));
const toast = vi.hoisted(() => ({
  success: vi.fn<(text: string, options: Options) => void>(),
  error: vi.fn<(text: string, options: Options) => void>(),
}));
vi.mock("../../platform/address", () => ({ currentPage: () => is.page, go: does.go }));
vi.mock("../../ui/badges", () => ({ useBadge: does.useBadge }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("./api", () => ({ listJobs: does.listJobs }));
vi.mock("./useJobs", () => ({
  useJobs: (onChange: Change) => {
    live.onChange = onChange;
    return { groups: live.groups };
  },
}));

beforeEach(() => {
  vi.resetAllMocks();
  live.groups = null;
  is.page = "posts";
});
afterEach(cleanup);
const alone = (id: number, part: Partial<Job> = {}) => jobOf(id, { group_id: null, ...part });

it.each([
  [null, 0, "0 tasks in progress"],
  [[alone(1, { status: "running" })], 1, "1 task in progress"],
  [[alone(1, { status: "running" }), alone(2, { status: "pending" }), alone(3)], 2, "2 tasks in progress"],
])("counts what is in progress: %#", (jobs, count, label) => {
  live.groups = jobs && groupJobs(jobs);
  render(<TaskWatcher />);
  expect(does.useBadge.mock.lastCall).toEqual(["tasks", count, label]);
});

async function ends(job: Job, before: Job | undefined = { ...job, status: "running" }) {
  render(<TaskWatcher />);
  live.onChange?.(job, before);
  await settled();
}
const said = () => [toast.success, toast.error].map(({ mock }) => mock.calls.map(([text]) => text));

it.each([
  ["a new file", { result_asset_ids: [9] }, [["Enlarge: 1 new file in your library."], []]],
  ["new files", { result_asset_ids: [9, 8] }, [["Enlarge: 2 new files in your library."], []]],
  ["nothing new", {}, [["Enlarge: Done."], []]],
  ["a failure", { status: "failed" }, [[], ["Enlarge: 1 task failed."]]],
  ["nothing of one that was stopped", { status: "cancelled" }, [[], []]],
] as [string, Partial<Job>, string[][]][])("says what has become of a task: %s", async (_what, part, words) => {
  await ends(alone(1, part));
  expect([said(), does.listJobs.mock.calls]).toEqual([words, []]);
  const [, options] = toast.success.mock.calls[0] ?? toast.error.mock.calls[0] ?? [];
  options?.action.onClick();
  const isSaid = words.flat().length > 0;
  expect([options?.action.label, does.go.mock.calls]).toEqual(isSaid ? ["Tasks", [["tasks", { group: "job-1" }]]] : [undefined, []]); // prettier-ignore
  expect(options?.duration).toBe(words[0]?.length ? 12_000 : undefined);
});

it.each([
  ["it has just been begun", alone(1, { status: "running" }), alone(1, { status: "pending" }), "posts"],
  ["its end was known", alone(1), alone(1), "posts"],
  ["the page of tasks shows it", alone(1), undefined, "tasks"],
  ["the page of packs shows it", alone(1, { kind: "export_pack" }), undefined, "packs"],
] as const)("says nothing where %s", async (_where, job, before, page) => {
  is.page = page;
  await ends(job, before);
  expect(said()).toEqual([[], []]);
});

it("says nothing of a task of which it knew nothing", async () => {
  render(<TaskWatcher />);
  live.onChange?.(alone(1), undefined);
  await settled();
  expect(said()).toEqual([[], []]);
});

it("says elsewhere what the page of packs shows", async () => {
  is.page = "packs";
  await ends(alone(1));
  cleanup();
  is.page = "library";
  await ends(alone(2, { kind: "export_pack" }));
  expect(said()[0]?.length).toBe(2);
});

const counts = (part: Partial<GroupCounts>): GroupCounts => ({
  ...{ group_id: "g", total: 5, pending: 0, running: 0, completed: 5, failed: 0, cancelled: 0, results: 300 },
  ...{ unchanged: 0, progress: 100, started_at: null },
  ...part,
});
it.each([
  ["once all have ended, by the service's count", [counts({})], [["Enlarge: 300 new files in your library."], []]],
  ["not while some go on", [counts({ completed: 4, running: 1 })], [[], []]],
  ["by what failed", [counts({ completed: 3, failed: 2 })], [[], ["Enlarge: 2 tasks failed."]]],
  ["by its own tasks, where another is counted", [counts({ group_id: "x", running: 9 })], [["Enlarge: Done."], []]],
])("says what has become of tasks that were started together %s", async (_when, groups, words) => {
  does.listJobs.mockResolvedValue({ items: [jobOf(1), jobOf(2)], groups });
  await ends(jobOf(2));
  expect([said(), does.listJobs.mock.calls]).toEqual([words, [[{ group_id: "g" }]]]);
});

it("says nothing where they cannot be read", async () => {
  does.listJobs.mockRejectedValue(new Error("Away."));
  await ends(jobOf(1));
  expect(said()).toEqual([[], []]);
});
