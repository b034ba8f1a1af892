/** Tasks that were started together form one card with a combined progress and status. */
import { plural, t } from "@lingui/core/macro";

import { translated } from "../../platform/texts";
import { secondsLeft } from "../../platform/clock";
import { formatCount } from "../../platform/format";
import { groupBy } from "../../platform/lists";
import { joinParts } from "../../platform/text";
import { sentence } from "./form";
import { type GroupCounts, type Job, type JobKind, type JobStatus, kindTitles } from "./schema";

/** The kind's title; an older page may get a newer kind. */
export const kindTitle = (kind: JobKind): string => translated(kindTitles[kind] ?? sentence(kind));

export const statusNames: Record<JobStatus, string> = {
  pending: t`Waiting`,
  running: t`Working`,
  completed: t`Done`,
  failed: t`Failed`,
  cancelled: t`Stopped`,
};

const isStatus = (name: string): name is JobStatus => name in statusNames;

/** Some of many may fail: that is neither completed nor failed. */
type GroupStatus = JobStatus | "partial";

export const groupStatusNames: Record<GroupStatus, string> = { ...statusNames, partial: t`Done, some failed` };

export interface Group {
  readonly id: string;
  readonly kind: JobKind;
  /** The loaded tasks, oldest first. */
  readonly jobs: readonly Job[];
  /** The service's counts of all tasks; `progress` (0–100) counts ended ones as complete. */
  readonly counts: Counts;
  readonly status: GroupStatus;
  readonly createdAt: string;
}

export function isUnfinished({ status }: { status: JobStatus }): boolean {
  return status === "pending" || status === "running";
}

/** The number of pending and running tasks. */
export function unfinishedOf({ counts }: Group): number {
  return counts.pending + counts.running;
}

/** Why a task failed that may succeed the next time: none of these is about what is in the file. */
const passing = new Set([null, "gave_up", "kept_dying", "stopped_by_operator", "allowance", "gone", "not_set_up"]);

/** Whether to try a task again: one whose file was refused ends the same way, and packs are built from their own page. */
export const canRetry = ({ kind, status, error_code: code }: Job) =>
  kind !== "export_pack" && (status === "cancelled" || (status === "failed" && passing.has(code)));

/** How many tasks to try again; of those that are not loaded, all that have failed. */
export const retriableOf = ({ jobs, counts: { failed, cancelled } }: Group) =>
  failed + cancelled - jobs.filter((job) => /^(failed|cancelled)$/.test(job.status) && !canRetry(job)).length;

/** Whether what it made waits for a verdict. */
export const isToLookAt = ({ jobs }: Group) => jobs.some(({ result }) => result?.state === "new");

type Counted = ReadonlyMap<string, GroupCounts>;
const nothing: Counted = new Map();

/** Newest first. The service provides the totals: not all tasks of a group may be loaded. */
export function groupJobs(jobs: Iterable<Job>, counted: Counted = nothing): Group[] {
  return [...groupBy(jobs, ({ id, group_id: group }) => group ?? `job-${id}`)]
    .map(([id, members]) => groupOf(id, members, counted.get(id) ?? countsOf(members)))
    .sort(newestFirst);
}

type Counts = Omit<GroupCounts, "group_id">;

/** Counts of a single task, or of a group that is fully loaded. */
function countsOf(jobs: readonly Job[]): Counts {
  const of = (status: JobStatus) => jobs.filter((job) => job.status === status).length;
  const started = jobs.flatMap(({ started_at: at }) => at ?? []).sort();
  return {
    ...{ total: jobs.length, pending: of("pending"), running: of("running") },
    ...{ completed: of("completed"), failed: of("failed"), cancelled: of("cancelled") },
    results: jobs.reduce((sum, { result_asset_ids: ids }) => sum + ids.length, 0),
    unchanged: jobs.filter(({ unchanged_reason: why }) => why !== null).length,
    progress: jobs.reduce((sum, job) => sum + (isUnfinished(job) ? job.progress : 100), 0) / jobs.length,
    started_at: started[0] ?? null,
  };
}

function groupOf(id: string, members: Job[], counts: Counts): Group {
  const jobs = members.sort((a, b) => a.id - b.id);
  const [first] = jobs as [Job, ...Job[]];
  return { id, jobs, counts, kind: first.kind, status: statusOf(jobs, counts), createdAt: first.created_at };
}

/** Unfinished first, then failures, so that no failure is overlooked among successes. */
function statusOf(jobs: readonly Job[], counts: Record<JobStatus, number>): GroupStatus {
  const order: JobStatus[] = ["running", "pending", "failed", "completed", "cancelled"];
  const unnamed = jobs.find((job) => !isStatus(job.status)); // the counts do not know it either
  const status = order.find((each) => counts[each] > 0) ?? unnamed?.status ?? "completed";
  return status === "failed" && counts.completed > 0 ? "partial" : status;
}

function newestFirst(a: Group, b: Group): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) || b.id.localeCompare(a.id);
}

/** Seconds until the group is done; null if unknown. */
export function timeLeft({ counts }: Group, now: number): number | null {
  const { running, progress, started_at: startedAt } = counts;
  return running > 0 && progress >= 1 ? secondsLeft(startedAt, now, progress, 100) : null;
}

/** "2 of 5 done · 1 failed · 3 new files · 2 files were left unchanged" */
export function groupWords({ counts }: Group): string {
  const { total, unchanged, results } = counts;
  const made = results > 0 && plural(results, { one: "# new file", other: "# new files" });
  const left =
    unchanged > 0 && plural(unchanged, { one: "# file was left unchanged", other: "# files were left unchanged" });
  if (total === 1) return joinParts([made, left]);
  return joinParts([
    t`${formatCount(counts.completed)} of ${formatCount(total)} done`,
    counts.failed > 0 && t`${formatCount(counts.failed)} failed`,
    counts.cancelled > 0 && t`${formatCount(counts.cancelled)} stopped`,
    made,
    left,
  ]);
}
