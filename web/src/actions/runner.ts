/** The one change of many posts that is under way: it goes on whichever page is open, and is told to all tabs. */
import { useCallback, useMemo } from "react";

import { act, edit, setLicense } from "../api/client";
import { moderates } from "../api/config";
import { changeCachedPosts, putBackPosts, refetchPosts } from "../api/posts";
import { useLicenses } from "../api/queries";
import type { License, Post } from "../api/schema";
import { createStore, useStore } from "../lib/store";
import { announce } from "../ui/announce";
import { toast } from "../ui/toast";
import {
  applyChange,
  type Change,
  describeDoing,
  describeDone,
  onlyOf,
  planSteps,
  planUndo,
  type Step,
} from "./changes";
import { doneIds, jobDone, jobTotal, newJob, pendingChanges, runJob, touchedIds, withoutGone } from "./job";
import { readRun, type StoredRun, writeRun } from "./stored";
import { tellOtherTabs } from "./tabs";

const UNDO_TOAST_MS = 20_000;

interface Run extends StoredRun {
  /** The posts as they were before; empty after a reload, when the service is asked again instead. */
  before: ReadonlyMap<number, Post>;
}

const current = createStore<Run | null>(restored());
let undoable: { run: Run; toastId: number } | null = null;
let isStopped = false;

function restored(): Run | null {
  const stored = readRun();
  return stored && { ...stored, before: new Map() };
}

function set(next: Run | null): void {
  writeRun(next);
  current.set(next);
}

async function send({ change, ids }: Step): Promise<void> {
  if (change.kind === "license") await setLicense(change.license?.id ?? null, ids);
  else if (change.kind === "edit") await edit(change.edit, ids);
  else await act(change.kind, ids, change.reason);
}

/** The service has confirmed a step: what is shown follows it, here and in other tabs. */
function confirm({ change, ids }: Step, before: Run["before"]): void {
  if (change.kind === "restore") {
    const posts = ids.flatMap((id) => before.get(id) ?? []);
    if (posts.length < ids.length) void refetchPosts();
    else putBackPosts(posts);
  } else changeCachedPosts(new Set(ids), (post) => applyChange(change, post, moderates));
  tellOtherTabs({ change, ids });
}

function forgetUndo(): void {
  if (undoable) toast.dismiss(undoable.toastId);
  undoable = null;
}

/** Tell what was done, and offer to take it back. */
function conclude(ended: Run): void {
  set(null);
  const { job, isUndo } = ended;
  if (job.stepsDone === 0) return;
  const text = describeDone(job.change, jobDone(job));
  if (isUndo) toast.success(text);
  else {
    const action = { label: "Undo", onClick: () => undo(ended, doneIds(job)) };
    undoable = { run: ended, toastId: toast.success(text, { duration: UNDO_TOAST_MS, action }) };
  }
}

async function proceed(given: Run): Promise<void> {
  forgetUndo();
  isStopped = false;
  const job = await runJob(given.job, {
    send,
    isStopped: () => isStopped,
    report: (now, step) => {
      if (step) confirm(step, given.before);
      set({ ...given, job: now });
      if (now.steps.length > 1) announce(`${describeDoing(now.change, jobTotal(now))}: ${String(jobDone(now))} done`);
    },
  });
  if (job.status === "paused") announce(`Stopped after ${String(jobDone(job))}: ${job.error?.message ?? ""}`);
  else conclude({ ...given, job });
}

function undo(ended: Run, ids: readonly number[]): void {
  if (current.get() !== null && current.get() !== ended) return;
  const steps = onlyOf(ended.undo, new Set(ids));
  const change = steps[0]?.change;
  forgetUndo();
  set(null);
  if (change) void proceed({ job: newJob(change, steps), undo: [], before: ended.before, isUndo: true });
  else toast.info("There is nothing to undo: these posts were like this before.");
}

/** Begin, unless something is under way. */
function startChange(
  change: Change,
  ids: readonly number[],
  byId: ReadonlyMap<number, Post>,
  licenses: readonly License[],
): void {
  if (current.get() !== null || ids.length === 0) return;
  const posts = ids.flatMap((id) => byId.get(id) ?? []);
  void proceed({
    job: newJob(change, planSteps(change, ids)),
    undo: planUndo(change, posts, moderates, licenses),
    before: new Map(posts.map((post) => [post.id, post])),
    isUndo: false,
  });
}

async function resume(): Promise<void> {
  const run = current.get();
  if (run?.job.status !== "paused") return;
  let { job } = run;
  if (job.error && !job.error.isPassing && job.change.kind !== "restore") {
    // Refused: most likely a post is gone, and one gone post refuses its whole request. Look again, and go on without.
    const existing = new Set((await refetchPosts()).map((post) => post.id));
    job = withoutGone(job, (id) => existing.has(id));
    const gone = jobTotal(run.job) - jobTotal(job);
    if (gone > 0) toast.info(`${gone} of the posts no longer exist and were left out.`);
  }
  void proceed({ ...run, job });
}

/** End it here: at once where it stands, after the request that is on its way where it runs. */
function stop(): void {
  const run = current.get();
  if (run?.job.status === "paused") conclude(run);
  else isStopped = true;
}

/** Take back what a change that stands has done so far, the request without an answer too. */
function revert(): void {
  const run = current.get();
  if (run?.job.status === "paused") undo(run, touchedIds(run.job));
}

function undoLast(): void {
  if (current.get() === null && undoable) undo(undoable.run, doneIds(undoable.run.job));
}

window.addEventListener("beforeunload", (event) => {
  if (current.get()?.job.status === "running") event.preventDefault();
});

const noLicenses: License[] = [];
export type BulkActions = ReturnType<typeof useBulkActions>;

/** Changes of many posts: one at a time, shown at once, confirmed chunk by chunk, stopped, resumed or taken back. */
export function useBulkActions(byId: ReadonlyMap<number, Post>) {
  const job = useStore(current)?.job ?? null;
  const licenses = useLicenses().data?.items ?? noLicenses;
  const pending = useMemo(() => pendingChanges(job), [job]);
  const start = useCallback(
    (change: Change, ids: readonly number[]) => startChange(change, ids, byId, licenses),
    [byId, licenses],
  );
  return { job, pending, licenses, start, resume, stop, revert, undoLast };
}
