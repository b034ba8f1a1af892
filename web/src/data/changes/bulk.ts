/** Changes of all posts that a filter finds: work of the service, which the page requests, follows and undoes. */
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { createStore } from "../../platform/store";
import { toast, UNDO_MS } from "../../ui/toast";
import { openTray } from "../../ui/tray";
import { reportErrors } from "../../ui/useWrite";
import { request } from "../client";
import { useLiveList } from "../live/useLiveList";
import { refreshPosts } from "../posts";
import { refresher } from "../queries";
import { outcomeWords } from "./bulkWords";
import { BulkChange, type BulkFilter, BulkPage, BulkReport, type BulkRequest, PostCount } from "./schema";

const PATH = "/api/pmd/bulk-changes";
const BULK = ["bulk-changes"] as const;
/** The list shows so many, and those that the stream adds. */
const SHOWN = 8;

export const isUnfinished = ({ status }: BulkChange) => status === "pending" || status === "running";
export const canUndo = (change: BulkChange) =>
  !isUnfinished(change) && change.changed_count > 0 && change.undo_of_id === null && change.undone_by_id === null;
export const isStopped = ({ status }: BulkChange) => status === "cancelled" || status === "failed";
/** What an undo has left, stopped or skipped, is brought back by asking for it again. */
export const canRepeatUndo = (change: BulkChange) =>
  change.undo_of_id !== null && !isUnfinished(change) && (isStopped(change) || change.skipped_count > 0);

/** What this tab has requested: it says how that has ended. */
const requested = new Set<number>();
/** The last change that has ended here, while its toast offers to undo it. */
const undoable = createStore<{ id: number; toastId: number } | null>(null);

export async function requestBulkChange(body: BulkRequest, key: string): Promise<void> {
  requested.add((await request(BulkChange, "POST", PATH, { body, idempotencyKey: key })).id);
  refreshBulkChanges();
}

export async function undoBulkChange(id: number): Promise<void> {
  if (undoable.get()?.id === id) forgetBulkUndo();
  requested.add((await request(BulkChange, "POST", `${PATH}/${id}/undo`)).id);
  refreshBulkChanges();
}

export const cancelBulkChange = (id: number) => request(BulkChange, "POST", `${PATH}/${id}/cancel`);

export const refreshBulkChanges = refresher(BULK);

/** The last changes, live. */
export function useBulkChangeList() {
  return useLiveList({
    kind: "bulk_change",
    schema: BulkChange,
    queryKey: BULK,
    queryFn: ({ signal }) => request(BulkPage, "GET", PATH, { query: { limit: String(SHOWN) }, signal }),
    pollMs: 5_000,
  });
}

/** A page of the posts that a change has left as they are. */
export function useBulkReport(id: number, cursor: string | null) {
  return useQuery({
    queryKey: [...BULK, id, cursor],
    queryFn: ({ signal }) =>
      request(BulkReport, "GET", `${PATH}/${id}/skipped`, { query: { ...(cursor && { cursor }) }, signal }),
    staleTime: 0,
  });
}

/** How many posts the filter finds now; null: not asked. */
export function usePostCount(filter: BulkFilter | null) {
  return useQuery({
    queryKey: ["post count", filter],
    queryFn: ({ signal }) => {
      const asked = Object.entries(filter ?? {}).filter(([, value]) => value !== null);
      const query = Object.fromEntries(asked.map(([name, value]) => [name, String(value)]));
      return request(PostCount, "GET", "/api/pmd/posts/count", { query, signal });
    },
    enabled: filter !== null,
    staleTime: 0,
    gcTime: 0,
  });
}

/** When a change has ended, the posts are read anew; the tab that has requested it says how, and offers to undo it. */
export function useBulkChangeEnds(changes: readonly BulkChange[] | null): void {
  const unfinished = useRef(new Set<number>());
  useEffect(() => {
    for (const change of changes ?? []) {
      if (isUnfinished(change)) unfinished.current.add(change.id);
      else {
        const isOwn = requested.delete(change.id);
        if (isOwn) tellEnd(change);
        // The stream tells of each post only where few have changed.
        if (unfinished.current.delete(change.id) || isOwn) refreshPosts();
      }
    }
  }, [changes]);
}

function tellEnd(change: BulkChange): void {
  const text = outcomeWords(change);
  const undo = canUndo(change) ? { label: t`Undo`, onClick: () => void undoLastBulkChange() } : null;
  const more = change.skipped_count > 0 ? { label: t`See why`, onClick: openTray } : null;
  const say = change.status === "failed" ? toast.error : toast.success;
  const toastId = say(text, { duration: UNDO_MS, action: undo, more });
  undoable.set(undo && { id: change.id, toastId });
  setTimeout(() => {
    if (undoable.get()?.id === change.id) undoable.set(null);
  }, UNDO_MS);
}

/** False: nothing of the last moments can be undone. */
export function undoLastBulkChange(): boolean {
  const last = undoable.get();
  if (last === null) return false;
  forgetBulkUndo();
  void reportErrors(() => undoBulkChange(last.id));
  return true;
}

/** Another change has begun, which is the next to be undone. */
export function forgetBulkUndo(): void {
  const last = undoable.get();
  if (last) toast.dismiss(last.toastId);
  undoable.set(null);
}
