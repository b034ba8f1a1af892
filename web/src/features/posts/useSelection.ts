import { useCallback, useEffect, useRef, useState } from "react";
import * as v from "valibot";

import { config } from "../../data/config";
import type { Post } from "../../data/schema";
import { add, keepExisting, noSelection, type Selection } from "../../platform/selection";
import { readStored, writeStored } from "../../platform/stored";
import { useBeforeLeave } from "../../platform/useEventListener";
import type { View } from "./view";

const KEY = `pmd.selection.${config.viewer.sqid}.${config.subject.sqid}`;
const none: Selection = noSelection;

/** The ids, or the filter whose posts are all selected. */
const Stored = v.union([v.array(v.number()), v.string()]);

/**
 * The selection, persisted in sessionStorage so that signing in again keeps it. It is restored once all posts have loaded,
 * without those that no longer exist. The trash has its own, which is not persisted.
 */
export function useSelection(byId: ReadonlyMap<number, Post>, isComplete: boolean, state: View["state"]) {
  const [selection, setSelection] = useState<Selection>(none);
  /** The filter (`filterKey`) whose posts are all selected, whether the page has loaded them or not. */
  const [whole, setWhole] = useState<string | null>(null);
  const [shown, setShown] = useState(state);
  const isRestored = useRef(false);
  /** Posts that were selected when removed: reselected when they return, for instance by Undo. */
  const gone = useRef(new Set<number>());
  if (shown !== state) {
    setShown(state);
    setSelection(none);
    setWhole(null);
  }

  useEffect(() => {
    if (!isComplete) return;
    const isFirst = !isRestored.current && state === "active";
    const read = isFirst ? readStored(sessionStorage, KEY, Stored) : null;
    if (typeof read === "string") setWhole(read);
    const stored = typeof read === "string" ? null : read;
    isRestored.current ||= isFirst;
    const returned = state === "active" ? [...gone.current].filter((id) => byId.has(id)) : [];
    for (const id of returned) gone.current.delete(id);
    setSelection((now) => {
      const back = [...(stored ?? []), ...returned];
      const kept = keepExisting(back.length > 0 ? add(now, back) : now, (id) => byId.has(id));
      if (state === "active") for (const id of now.ids) if (!kept.ids.has(id)) gone.current.add(id);
      return kept;
    });
  }, [byId, isComplete, state]);

  // Written on leaving only: 50,000 ids take milliseconds.
  useBeforeLeave(() => {
    if (isRestored.current) writeStored(sessionStorage, KEY, state === "active" ? (whole ?? [...selection.ids]) : []);
  });

  const select = useCallback((change: (selection: Selection) => Selection) => setSelection(change), []);
  return { selection, select, whole, setWhole };
}
