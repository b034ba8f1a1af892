/** A change of many posts under way: request after request, stopping at the first that fails, going on from there. */
import { ApiError } from "../api/error";
import type { Change, Step } from "./changes";

interface JobError {
  message: string;
  /** Whether it may go on without any change. */
  isPassing: boolean;
  /** When it goes on by itself, milliseconds since 1970; null: not by itself. */
  retryAt: number | null;
}

export interface Job {
  readonly change: Change;
  readonly steps: readonly Step[];
  /** How many steps the service has confirmed. */
  readonly stepsDone: number;
  readonly status: "running" | "paused";
  /** Why it stands: what the service said, or what happened to the page; null while it runs. */
  readonly error: JobError | null;
}

export function newJob(change: Change, steps: readonly Step[]): Job {
  return { change, steps, stepsDone: 0, status: "running", error: null };
}

function countIds(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + step.ids.length, 0);
}

export function jobTotal(job: Job): number {
  return countIds(job.steps);
}

export function jobDone(job: Job): number {
  return countIds(job.steps.slice(0, job.stepsDone));
}

export function doneIds(job: Job): number[] {
  return job.steps.slice(0, job.stepsDone).flatMap((step) => step.ids);
}

/** What the service may have done: what it confirmed, and the step whose answer the page did not live to see. */
export function touchedIds(job: Job): number[] {
  return job.steps.slice(0, job.stepsDone + 1).flatMap((step) => step.ids);
}

/** The posts that are shown as changed although the service has not confirmed it yet. */
export function pendingChanges(job: Job | null): ReadonlyMap<number, Change> {
  if (job?.status !== "running") return new Map();
  return new Map(job.steps.slice(job.stepsDone).flatMap((step) => step.ids.map((id) => [id, step.change] as const)));
}

/** What is left to do, without posts that have gone in the meantime: one of them would refuse its whole request. */
export function withoutGone(job: Job, exists: (id: number) => boolean): Job {
  const steps = job.steps.flatMap((step, index) => {
    if (index < job.stepsDone) return [step];
    const ids = step.ids.filter(exists);
    return ids.length > 0 ? [{ ...step, ids }] : [];
  });
  return { ...job, steps };
}

interface Progress {
  send: (step: Step) => Promise<void>;
  /** Hears of each confirmed step, and of the pause. */
  report: (job: Job, step: Step | null) => void;
  /** Asked before each step. */
  isStopped: () => boolean;
}

/** Send what is left. Gives the job as it ended: done, paused by a failure, or cut off after the last confirmed step. */
export async function runJob(job: Job, { send, report, isStopped }: Progress): Promise<Job> {
  let now: Job = { ...job, status: "running", error: null };
  report(now, null);
  for (const step of now.steps.slice(now.stepsDone)) {
    if (isStopped()) return now;
    try {
      await send(step);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      now = {
        ...now,
        status: "paused",
        error: { message: error.message, isPassing: error.isRetryable, retryAt: null },
      };
      report(now, null);
      return now;
    }
    now = { ...now, stepsDone: now.stepsDone + 1 };
    report(now, step);
  }
  return now;
}
