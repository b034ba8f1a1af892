import { useCallback, useEffect, useRef, useState } from "react";
import * as v from "valibot";

import { config } from "../api/config";
import type { Post } from "../api/schema";
import { readStored, writeStored } from "../lib/stored";
import { keepExisting, noSelection, type Selection, selectionOf } from "./selection";

const KEY = `pmd.selection.${config.viewer.sqid}.${config.subject.sqid}`;

/**
 * The selection, kept in this tab's storage so that signing in again does not lose it. It comes back once all posts
 * are here, and without those that are gone.
 */
export function useSelection(byId: ReadonlyMap<number, Post>, isComplete: boolean) {
  const [selection, setSelection] = useState<Selection>(noSelection);
  const isRestored = useRef(false);

  useEffect(() => {
    if (!isComplete) return;
    const stored = isRestored.current ? null : readStored(sessionStorage, KEY, v.array(v.number()));
    isRestored.current = true;
    setSelection((now) => {
      const all = stored ? selectionOf([...stored, ...now.ids]) : now;
      return keepExisting(all, (id) => byId.has(id));
    });
  }, [byId, isComplete]);

  useEffect(() => {
    if (isRestored.current) writeStored(sessionStorage, KEY, [...selection.ids]);
  }, [selection.ids]);

  const update = useCallback((change: (selection: Selection) => Selection) => setSelection(change), []);
  return [selection, update] as const;
}
