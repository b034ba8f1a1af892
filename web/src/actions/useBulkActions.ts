import { useCallback, useMemo } from "react";

import { useLicenses } from "../api/queries";
import type { License, Post } from "../api/schema";
import type { Change } from "./changes";
import { type Job, pendingChanges } from "./job";
import { resumeChange, revertChange, startChange, stopChange, undoLastChange, useRun } from "./runner";

const noLicenses: License[] = [];

export interface BulkActions {
  job: Job | null;
  pending: ReadonlyMap<number, Change>;
  licenses: readonly License[];
  start: (change: Change, ids: readonly number[]) => void;
  resume: () => Promise<void>;
  stop: () => void;
  revert: () => void;
  undoLast: () => void;
}

/** Changes of many posts: one at a time, shown at once, confirmed chunk by chunk, stopped, resumed or taken back. */
export function useBulkActions(byId: ReadonlyMap<number, Post>): BulkActions {
  const job = useRun()?.job ?? null;
  const licenses = useLicenses().data?.items ?? noLicenses;
  const pending = useMemo(() => pendingChanges(job), [job]);
  const start = useCallback(
    (change: Change, ids: readonly number[]) => startChange(change, ids, byId, licenses),
    [byId, licenses],
  );
  return {
    job,
    pending,
    licenses,
    start,
    resume: resumeChange,
    stop: stopChange,
    revert: revertChange,
    undoLast: undoLastChange,
  };
}
