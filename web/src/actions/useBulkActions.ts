import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { toast } from "../ui/toast";

import { act, setLicense } from "../api/client";
import { moderates } from "../api/config";
import { useLicenses, usePostsCache } from "../api/queries";
import type { License, Post } from "../api/schema";
import { announce } from "../ui/announce";
import { applyChange, type Change, describeDoing, describeDone, planSteps, planUndo, type Step } from "./changes";
import { doneIds, type Job, jobDone, jobTotal, newJob, pendingChanges, runJob, withoutGone } from "./job";

const UNDO_TOAST_MS = 20_000;
const noLicenses: License[] = [];

/** A job with what is needed to take it back: the posts as they were before it. */
interface Run {
  job: Job;
  before: ReadonlyMap<number, Post>;
  isUndo: boolean;
}

async function send({ change, ids }: Step): Promise<void> {
  if (change.kind === "license") await setLicense(change.license?.id ?? null, ids);
  else await act(change.kind, ids);
}

/** Changes of many posts: one at a time, shown at once, confirmed chunk by chunk, resumed or taken back. */
export function useBulkActions(byId: ReadonlyMap<number, Post>) {
  const [run, setRun] = useState<Run | null>(null);
  const [undoable, setUndoable] = useState<Run | null>(null);
  const isBusy = useRef(false);
  // A toast's button lives on while this hook is rendered anew.
  const undoRef = useRef<(run: Run) => void>(() => undefined);
  const cache = usePostsCache();
  const licenses = useLicenses().data?.items ?? noLicenses;

  const confirm = useCallback(
    (step: Step, before: Run["before"]) => {
      const { change, ids } = step;
      if (change.kind === "restore") cache.putBack(ids.flatMap((id) => before.get(id) ?? []));
      else cache.change(new Set(ids), (post) => applyChange(change, post, moderates));
    },
    [cache],
  );

  /** Tell what was done, and offer to take it back. */
  const conclude = useCallback(({ job, before, isUndo }: Run) => {
    const ended = { job, before, isUndo };
    setRun(null);
    isBusy.current = false;
    if (job.stepsDone === 0) return;
    setUndoable(isUndo ? null : ended);
    toast.success(
      describeDone(job.change, jobDone(job)),
      isUndo
        ? {}
        : {
            duration: UNDO_TOAST_MS,
            action: {
              label: "Undo",
              onClick: () => undoRef.current(ended),
            },
          },
    );
  }, []);

  const proceed = useCallback(
    async (given: Run) => {
      isBusy.current = true;
      const job = await runJob(given.job, send, (now, step) => {
        if (step) confirm(step, given.before);
        setRun({ ...given, job: now });
        if (now.steps.length > 1) announce(`${describeDoing(now.change, jobTotal(now))}: ${String(jobDone(now))} done`);
      });
      if (job.status === "paused") announce(`Stopped after ${String(jobDone(job))}: ${job.error?.message ?? ""}`);
      else conclude({ ...given, job });
    },
    [confirm, conclude],
  );

  const undo = useCallback(
    (ended: Run) => {
      if (isBusy.current) return;
      const posts = doneIds(ended.job).flatMap((id) => ended.before.get(id) ?? []);
      const steps = planUndo(ended.job.change, posts, moderates, licenses);
      const change = steps[0]?.change;
      setUndoable(null);
      if (change) void proceed({ job: newJob(change, steps), before: ended.before, isUndo: true });
      else toast.info("There is nothing to undo: these posts were like this before.");
    },
    [licenses, proceed],
  );
  useEffect(() => {
    undoRef.current = undo;
  }, [undo]);

  const start = useCallback(
    (change: Change, ids: readonly number[]) => {
      if (isBusy.current || ids.length === 0) return;
      const before = new Map(ids.flatMap((id) => [[id, byId.get(id)] as const]).filter(hasPost));
      void proceed({ job: newJob(change, planSteps(change, ids)), before, isUndo: false });
    },
    [byId, proceed],
  );

  const resume = useCallback(async () => {
    if (run?.job.status !== "paused") return;
    let { job } = run;
    if (job.error && !job.error.isPassing && job.change.kind !== "restore") {
      // Refused: most likely a post is gone, and one gone post refuses its whole request. Look again, and go on without.
      const existing = new Set((await cache.reload()).map((post) => post.id));
      job = withoutGone(job, (id) => existing.has(id));
      const gone = jobTotal(run.job) - jobTotal(job);
      if (gone > 0) toast.info(`${gone} of the posts no longer exist and were left out.`);
    }
    void proceed({ ...run, job });
  }, [run, cache, proceed]);

  const stop = useCallback(() => {
    if (run?.job.status === "paused") conclude(run);
  }, [run, conclude]);

  const job = run?.job ?? null;
  const isRunning = job?.status === "running";
  useEffect(() => {
    if (!isRunning) return;
    const warn = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => {
      window.removeEventListener("beforeunload", warn);
    };
  }, [isRunning]);

  const pending = useMemo(() => pendingChanges(job), [job]);
  const undoLast = useCallback(() => {
    if (undoable) undo(undoable);
  }, [undoable, undo]);
  return { job, pending, licenses, start, resume, stop, undoLast };
}

function hasPost(entry: readonly [number, Post | undefined]): entry is readonly [number, Post] {
  return entry[1] !== undefined;
}

export type BulkActions = ReturnType<typeof useBulkActions>;
