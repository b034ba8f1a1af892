/** Tasks that were started together are one card: what has become of all of them, in one bar and one sentence. */
import type { Job, JobKind, JobStatus } from "./schema";

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

/** Of many, some may fail: that is neither done nor failed. */
export type GroupStatus = JobStatus | "partial";

export const groupStatusNames: Record<GroupStatus, string> = { ...statusNames, partial: "Done, some failed" };

export interface Group {
  readonly id: string;
  readonly kind: JobKind;
  /** In the order they were made. */
  readonly jobs: readonly Job[];
  readonly counts: Readonly<Record<JobStatus, number>>;
  readonly status: GroupStatus;
  /** 0–100, over all of them; what has ended in any way counts as whole. */
  readonly progress: number;
  readonly createdAt: string;
}

export function isUnfinished({ status }: { status: JobStatus }): boolean {
  return status === "pending" || status === "running";
}

/** Newest first. */
export function groupJobs(jobs: Iterable<Job>): Group[] {
  const groups = new Map<string, Job[]>();
  for (const job of jobs) {
    const id = job.group_id ?? `job-${String(job.id)}`;
    groups.set(id, [...(groups.get(id) ?? []), job]);
  }
  return [...groups].map(([id, members]) => groupOf(id, members)).sort(newestFirst);
}

function groupOf(id: string, members: Job[]): Group {
  const jobs = members.sort((a, b) => a.id - b.id);
  const counts = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
  for (const { status } of jobs) counts[status] += 1;
  const progress = jobs.reduce((sum, job) => sum + (isUnfinished(job) ? job.progress : 100), 0) / jobs.length;
  const [first] = jobs as [Job, ...Job[]];
  return { id, kind: first.kind, jobs, counts, status: statusOf(counts), progress, createdAt: first.created_at };
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

/** Seconds until the group is done, from its pace so far; null before there is a pace to speak of. */
export function secondsLeft(group: Group, now: number): number | null {
  const started = group.jobs.flatMap(({ started_at: at }) => (at === null ? [] : Date.parse(at)));
  if (group.counts.running === 0 || started.length === 0 || group.progress < 1) return null;
  const elapsed = (now - Math.min(...started)) / 1000;
  return elapsed < 1 ? null : (elapsed * (100 - group.progress)) / group.progress;
}

/** "2 of 5 done · 1 failed" */
export function groupWords({ counts, jobs }: Group): string {
  if (jobs.length === 1) return "";
  const parts = [
    `${String(counts.completed)} of ${String(jobs.length)} done`,
    counts.failed > 0 && `${String(counts.failed)} failed`,
    counts.cancelled > 0 && `${String(counts.cancelled)} stopped`,
  ];
  return parts.filter(Boolean).join(" · ");
}
