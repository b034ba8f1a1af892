/** Tasks that were started together are one card: what has become of all of them, in one bar and one sentence. */
import { secondsLeft } from "../lib/clock";
import { formatCount, plural } from "../lib/format";
import { groupBy } from "../lib/lists";
import { joinParts } from "../lib/text";
import type { GroupCounts, Job, JobKind, JobStatus } from "./schema";

export const kindNames: Record<JobKind, string> = {
  upscale: "Enlarge",
  denoise_audio: "Clean sound",
  denoise_video: "Clean video",
  enhance: "Improve",
  slice: "Cut a sheet",
  pack_sprites: "Make a sheet",
  palette: "Palette",
  loop: "Loop",
  loudness: "Level",
  transcode: "Convert",
  export_pack: "Build pack",
  metadata_extract: "Look again",
};

export const statusNames: Record<JobStatus, string> = {
  pending: "Waiting",
  running: "Working",
  completed: "Done",
  failed: "Failed",
  cancelled: "Stopped",
};

export const isStatus = (name: string): name is JobStatus => name in statusNames;

/** Of many, some may fail: that is neither done nor failed. */
export type GroupStatus = JobStatus | "partial";

export const groupStatusNames: Record<GroupStatus, string> = { ...statusNames, partial: "Done, some failed" };

export interface Group {
  readonly id: string;
  readonly kind: JobKind;
  /** Those at hand, in the order they were made. */
  readonly jobs: readonly Job[];
  /** Of all of them, by the server: its `progress` (0–100) takes what has ended in any way for whole. */
  readonly counts: Counts;
  readonly status: GroupStatus;
  readonly createdAt: string;
}

export function isUnfinished({ status }: { status: JobStatus }): boolean {
  return status === "pending" || status === "running";
}

/** How many of its tasks wait or run. */
export function unfinishedOf({ counts }: Group): number {
  return counts.pending + counts.running;
}

type Counted = ReadonlyMap<string, GroupCounts>;
const nothing: Counted = new Map();

/** Newest first. How many there are of each group is the server's to say: not all of them may be at hand. */
export function groupJobs(jobs: Iterable<Job>, counted: Counted = nothing): Group[] {
  return [...groupBy(jobs, ({ id, group_id: group }) => group ?? `job-${id}`)]
    .map(([id, members]) => groupOf(id, members, counted.get(id) ?? countsOf(members)))
    .sort(newestFirst);
}

type Counts = Omit<GroupCounts, "group_id" | "results">;

/** Of a task by itself, or of a group whose every task is at hand. */
function countsOf(jobs: readonly Job[]): Counts {
  const of = (status: JobStatus) => jobs.filter((job) => job.status === status).length;
  const started = jobs.flatMap(({ started_at: at }) => at ?? []).sort();
  return {
    ...{ total: jobs.length, pending: of("pending"), running: of("running") },
    ...{ completed: of("completed"), failed: of("failed"), cancelled: of("cancelled") },
    unchanged: jobs.filter(({ unchanged_because: why }) => why !== null).length,
    progress: jobs.reduce((sum, job) => sum + (isUnfinished(job) ? job.progress : 100), 0) / jobs.length,
    started_at: started[0] ?? null,
  };
}

function groupOf(id: string, members: Job[], counts: Counts): Group {
  const jobs = members.sort((a, b) => a.id - b.id);
  const [first] = jobs as [Job, ...Job[]];
  return { id, jobs, counts, kind: first.kind, status: statusOf(counts), createdAt: first.created_at };
}

/** What is still going on comes first, then what went wrong: nobody overlooks a failure among successes. */
function statusOf(counts: Record<JobStatus, number>): GroupStatus {
  const order: JobStatus[] = ["running", "pending", "failed", "completed", "cancelled"];
  const status = order.find((each) => counts[each] > 0) ?? "completed";
  return status === "failed" && counts.completed > 0 ? "partial" : status;
}

function newestFirst(a: Group, b: Group): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) || b.id.localeCompare(a.id);
}

/** Seconds until the group is done; null where nobody can know. */
export function timeLeft({ counts }: Group, now: number): number | null {
  const { running, progress, started_at: startedAt } = counts;
  return running > 0 && progress >= 1 ? secondsLeft(startedAt, now, progress, 100) : null;
}

/** "2 of 5 done · 1 failed · 2 are better left as they are" */
export function groupWords({ counts }: Group): string {
  const { total, unchanged } = counts;
  const left = unchanged > 0 && plural(unchanged, "file is better left as it is", "files are better left as they are");
  if (total === 1) return left || "";
  return joinParts([
    `${formatCount(counts.completed)} of ${formatCount(total)} done`,
    counts.failed > 0 && `${formatCount(counts.failed)} failed`,
    counts.cancelled > 0 && `${formatCount(counts.cancelled)} stopped`,
    left,
  ]);
}
