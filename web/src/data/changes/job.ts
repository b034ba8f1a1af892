/** A bulk change in progress: requests in sequence, paused by the first failure and resumed from there. */
import { PMDError } from "@pmd/client";
import { StaleError } from "../../ui/edits";
import type { Change, Step } from "./changes";

interface JobError {
  message: string;
  /** Whether resuming unchanged may succeed. */
  isPassing: boolean;
  /** When it resumes automatically, milliseconds since 1970; null: not automatically. */
  retryAt: number | null;
  /** What others have written there. */
  stale?: StaleError;
}

export interface Job {
  readonly change: Change;
  readonly steps: readonly Step[];
  /** How many steps the service has confirmed. */
  readonly stepsDone: number;
  readonly status: "running" | "paused";
  /** Why it is paused; null while running. */
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

/** The ids of confirmed steps, and of the step whose response was lost. */
export function touchedIds(job: Job): number[] {
  return job.steps.slice(0, job.stepsDone + 1).flatMap((step) => step.ids);
}

/** Optimistic updates: changes that are shown but not confirmed. */
export function pendingChanges(job: Job | null): ReadonlyMap<number, Change> {
  if (job?.status !== "running") return new Map();
  return new Map(job.steps.slice(job.stepsDone).flatMap((step) => step.ids.map((id) => [id, step.change] as const)));
}

/**
 * The job without posts that no longer exist, of which a single one would fail its whole request. What is sent once more
 * overwrites what others have changed.
 */
export function withoutGone(job: Job, exists: (id: number) => boolean): Job {
  const steps = job.steps.flatMap((step, index) => {
    if (index < job.stepsDone) return [step];
    const ids = step.ids.filter(exists);
    return ids.length > 0 ? [{ change: step.change, ids }] : [];
  });
  return { ...job, steps };
}

interface Progress {
  send: (step: Step) => Promise<void>;
  /** Called for each confirmed step and on pause. */
  report: (job: Job, step: Step | null) => void;
  /** Checked before each step. */
  isStopped: () => boolean;
}

/** Send the remaining steps. Returns the job: done, paused by a failure, or stopped after a confirmed step. */
export async function runJob(job: Job, { send, report, isStopped }: Progress): Promise<Job> {
  let now: Job = { ...job, status: "running", error: null };
  report(now, null);
  for (const step of now.steps.slice(now.stepsDone)) {
    if (isStopped()) return now;
    try {
      await send(step);
    } catch (error) {
      if (!(error instanceof PMDError)) throw error;
      now = {
        ...now,
        status: "paused",
        error: {
          message: error.message,
          isPassing: error.isRetryable || error.status === 401,
          retryAt: null,
          ...(error instanceof StaleError && { stale: error }),
        },
      };
      report(now, null);
      return now;
    }
    now = { ...now, stepsDone: now.stepsDone + 1 };
    report(now, step);
  }
  return now;
}
