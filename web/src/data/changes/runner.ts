/** Runs one bulk change at a time, independent of the open page, and broadcasts it to other tabs. */
import { plural, t } from "@lingui/core/macro";
import { useCallback, useMemo, useSyncExternalStore } from "react";

import { act, edit, setLicense } from "../client";
import { moderates } from "../config";
import { changeCachedPosts, restoreCachedPosts, refetchPosts } from "../posts";
import { useLicenses } from "../queries";
import { type License, Post } from "../schema";
import { writeSeen } from "../seen";
import { currentPage, go, setParameters } from "../../platform/address";
import { createStore } from "../../platform/store";
import { type Retry, scheduleRetry } from "../live/retry";
import { refreshHides } from "../hides";
import { announce } from "../../ui/announce";
import { namesOf, pick, type StaleError } from "../../ui/edits";
import { tellStale, toast, UNDO_MS } from "../../ui/toast";
import { forgetBulkUndo, undoLastBulkChange } from "./bulk";
import { applyChange, type Change, describeDoing, onlyOf, planSteps, planUndo, type Step } from "./changes";
import { doneIds, jobDone, jobTotal, newJob, pendingChanges, runJob, touchedIds, withoutGone } from "./job";
import { describeDone, outcomeOf } from "./outcome";
import { readRun, type StoredRun, writeRun } from "./stored";
import { broadcastStep } from "./tabs";

interface Run extends StoredRun {
  /** The posts before the change; empty after a reload, when they are fetched again. */
  before: ReadonlyMap<number, Post>;
}

interface Changes {
  /** The change in progress. */
  readonly run: Run | null;
  /** The last change, while its toast offers to undo it. */
  readonly undoable: { run: Run; toastId: number } | null;
  readonly isStopped: boolean;
  /** The scheduled retry of a paused change, and the failures since the last confirmed step. */
  readonly retry: Retry | null;
  readonly failures: number;
  /** Edits waiting for the running change: cells filled in faster than the service responds. */
  readonly queued: readonly (() => void)[];
}

const stored = readRun();
const changes = createStore<Changes>({
  run: stored && { ...stored, before: new Map() },
  ...{ undoable: null, isStopped: false, retry: null, failures: 0, queued: [] },
});

function set(part: Partial<Changes>): void {
  if (part.run !== undefined) writeRun(part.run);
  changes.set({ ...changes.get(), ...part });
}

async function send({ change, ids, seen, from }: Step): Promise<void> {
  if (change.kind === "license") await setLicense(change.license?.id ?? null, ids);
  else if (change.kind === "edit" && from) {
    const made = { seen: from, to: pick<Partial<Post>>(change.edit, namesOf(from)) };
    await writeSeen({ schema: Post, url: `/api/pmd/posts/${ids[0]}` }, made, (_, { headers }) =>
      edit(change.edit, ids, headers?.["If-Match"]),
    );
  } else if (change.kind === "edit") await edit(change.edit, ids, seen);
  else await act(change.kind, ids, change.reason);
}

/** The service has confirmed a step: update the cached posts here and in other tabs. */
function confirm({ change, ids }: Step, before: Run["before"]): void {
  if (change.kind === "restore") {
    const posts = ids.flatMap((id) => before.get(id) ?? []);
    if (posts.length < ids.length) void refetchPosts();
    else restoreCachedPosts(posts);
  } else changeCachedPosts(new Set(ids), (post) => applyChange(change, post, moderates));
  if (moderates && (change.kind === "hide" || change.kind === "unhide")) refreshHides();
  broadcastStep({ change, ids });
}

function forgetUndo(): void {
  const { undoable } = changes.get();
  if (undoable) toast.dismiss(undoable.toastId);
  set({ undoable: null });
}

/** Show the posts hidden by a moderator, with the reasons. */
function seeWhy(): void {
  if (currentPage() === "posts") setParameters("posts", { status: "moderated" }, "status");
  else go("posts", { status: "moderated" });
}

/** Report the outcome with an undo, then start the next queued change. */
function conclude(ended: Run): void {
  const [next, ...queued] = changes.get().queued;
  set({ run: null, queued });
  reportOutcome(ended);
  next?.();
}

function reportOutcome(ended: Run): void {
  const { job, isUndo } = ended;
  if (job.stepsDone === 0) return;
  const outcome = outcomeOf(job.steps.slice(0, job.stepsDone), ended.before, moderates);
  const text = describeDone(job.change, outcome, moderates);
  const why = outcome.stillHidden > 0 && !moderates ? { label: t`See why`, onClick: seeWhy } : null;
  if (isUndo || outcome.changed === 0) {
    const tell = outcome.changed > 0 ? toast.success : toast.info;
    tell(text, { action: why });
  } else {
    const action = { label: t`Undo`, onClick: () => undo(ended, doneIds(job)) };
    set({ undoable: { run: ended, toastId: toast.success(text, { duration: UNDO_MS, action, more: why }) } });
  }
}

async function proceed(given: Run): Promise<void> {
  forgetUndo();
  forgetBulkUndo();
  changes.get().retry?.stop();
  set({ isStopped: false });
  const job = await runJob(given.job, {
    send,
    isStopped: () => changes.get().isStopped,
    report: (now, step) => {
      if (step) confirm(step, given.before);
      set({ run: { ...given, job: now }, ...(step && { failures: 0 }) });
      if (now.steps.length > 1) announce(t`${describeDoing(now.change, jobTotal(now))}: ${jobDone(now)} done`);
    },
  });
  if (job.error?.stale) leaveTheirs({ ...given, job }, job.error.stale);
  else if (job.status === "paused") pause({ ...given, job });
  else conclude({ ...given, job });
}

/** What others have written in a cell stays, unless the user prefers their own. */
function leaveTheirs(run: Run, { now, names }: StaleError): void {
  const [step] = run.job.steps;
  const [name] = names as (keyof NonNullable<Step["from"]>)[];
  restoreCachedPosts([now as Post]);
  conclude(run);
  if (step?.change.kind !== "edit" || name === undefined) return;
  const { change, ids } = step;
  const keep = () => startSteps([{ change, ids }], new Map([[(now as Post).id, now as Post]]), []);
  tellStale((now as Post)[name] ?? "", change.edit[name] ?? "", keep);
}

/** A change paused by a transient error resumes automatically. */
function pause(run: Run): void {
  const { error } = run.job;
  announce(t`Stopped after ${jobDone(run.job)}: ${error?.message ?? ""}`);
  if (!error?.isPassing) return;
  const { failures } = changes.get();
  const retry = scheduleRetry(failures, () => void resume());
  set({ retry, failures: failures + 1, run: { ...run, job: { ...run.job, error: { ...error, retryAt: retry.at } } } });
}

/** The posts after a change, from which its undo starts. Deleted ones are restored as they were. */
function afterOf({ job, before }: Run): Run["before"] {
  const after = new Map(before);
  for (const { change, ids } of job.steps) {
    for (const id of ids) {
      const post = before.get(id);
      if (post) after.set(id, applyChange(change, post, moderates) ?? post);
    }
  }
  return after;
}

function undo(ended: Run, ids: readonly number[]): void {
  const { run, retry } = changes.get();
  if (run !== null && run !== ended) return;
  retry?.stop();
  const steps = onlyOf(ended.undo, new Set(ids));
  const change = steps[0]?.change;
  forgetUndo();
  set({ run: null, queued: [] });
  if (change) void proceed({ job: newJob(change, steps), undo: [], before: afterOf(ended), isUndo: true });
  else toast.info(t`Nothing to undo: these posts have not changed.`);
}

/** Start a change. While another one runs, edits are queued and other changes are ignored. */
function startSteps(steps: readonly Step[], byId: ReadonlyMap<number, Post>, licenses: readonly License[]): void {
  const [first] = steps;
  if (!first) return;
  const { run, queued } = changes.get();
  if (run !== null) {
    // The running change may be of the same post: what was seen of it does not hold then.
    const running = new Set(run.job.steps.flatMap(({ ids }) => ids));
    const later = steps.map(({ change, ids, from }) => ({
      ...{ change, ids },
      ...(from && !ids.some((id) => running.has(id)) && { from }),
    }));
    if (first.change.kind === "edit") set({ queued: [...queued, () => startSteps(later, byId, licenses)] });
    return;
  }
  const postsOf = (ids: readonly number[]) => ids.flatMap((id) => byId.get(id) ?? []);
  const posts = steps.flatMap(({ ids }) => postsOf(ids));
  void proceed({
    job: newJob(first.change, steps),
    undo: steps.flatMap(({ change, ids }) => planUndo(change, postsOf(ids), moderates, licenses)),
    before: new Map(posts.map((post) => [post.id, post])),
    isUndo: false,
  });
}

async function resume(): Promise<void> {
  const { run } = changes.get();
  if (run?.job.status !== "paused") return;
  let { job } = run;
  if (job.error && !job.error.isPassing && job.change.kind !== "restore") {
    // Refused: most likely a post no longer exists, which fails its whole request. Refetch, and resume without it.
    const existing = new Set((await refetchPosts()).map((post) => post.id));
    // Stopped, reverted or resumed meanwhile.
    if (changes.get().run !== run) return;
    job = withoutGone(job, (id) => existing.has(id));
    const gone = jobTotal(run.job) - jobTotal(job);
    if (gone > 0)
      toast.info(
        t`${plural(gone, { one: "# post no longer exists and was", other: "# posts no longer exist and were" })} left out.`,
      );
  }
  void proceed({ ...run, job });
}

/** Stop: immediately if paused, after the request in flight if running. */
function stop(): void {
  const { run, retry } = changes.get();
  retry?.stop();
  set({ queued: [] });
  if (run?.job.status === "paused") conclude(run);
  else set({ isStopped: true });
}

/** Undo what a paused change has done so far, including the request without a response. */
function revert(): void {
  const { run } = changes.get();
  if (run?.job.status === "paused") undo(run, touchedIds(run.job));
}

function undoLast(): void {
  if (undoLastBulkChange()) return;
  const { run, undoable } = changes.get();
  if (run === null && undoable) undo(undoable.run, doneIds(undoable.run.job));
}

window.addEventListener("beforeunload", (event) => {
  if (changes.get().run?.job.status === "running") event.preventDefault();
});

const noLicenses: License[] = [];
const currentJob = () => changes.get().run?.job ?? null;

/** Bulk changes: one at a time, optimistic, confirmed chunk by chunk; can be stopped, resumed and undone. */
export function useBulkChanges(byId: ReadonlyMap<number, Post>) {
  const job = useSyncExternalStore(changes.subscribe, currentJob);
  const licenses = useLicenses().data?.items ?? noLicenses;
  const pending = useMemo(() => pendingChanges(job), [job]);
  const begin = useCallback((steps: readonly Step[]) => startSteps(steps, byId, licenses), [byId, licenses]);
  const start = useCallback((change: Change, ids: readonly number[]) => begin(planSteps(change, ids)), [begin]);
  return { job, pending, licenses, start, startSteps: begin, resume, stop, revert, undoLast };
}
