import { useCallback, useRef, useState } from "react";

import { ApiError } from "../api/error";
import { plural } from "../lib/format";
import { toast } from "../ui/toast";
import { act } from "./api";
import type { Asset, State } from "./schema";
import { type AssetAction, doneWords, stateAfter, undoOf, type UndoStep } from "./states";
import type { useAssetsCache } from "./useAssets";

type Cache = ReturnType<typeof useAssetsCache>;

/** Actions on many files: what the service has confirmed is shown, what it has not is said. */
export function useActions(cache: Cache) {
  const [isBusy, setBusy] = useState(false);
  const last = useRef<readonly UndoStep[]>([]);

  const apply = useCallback(
    (ids: readonly number[], action: AssetAction) => {
      cache.change(ids, (asset) => {
        const state: State | null = stateAfter(action, "new");
        // What comes back from the trash is where it was; the service knows where that is.
        return state === null || action === "restore" ? null : { ...asset, state };
      });
    },
    [cache],
  );

  const undo = useCallback(async () => {
    const steps = last.current;
    last.current = [];
    if (steps.length === 0) return;
    try {
      for (const { action, ids } of steps) await act(action, ids);
      toast.success("Undone.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(`Not everything could be undone. ${error.message}`);
    }
    await cache.reload();
  }, [cache]);

  const perform = useCallback(
    async (action: AssetAction, assets: readonly Asset[]) => {
      setBusy(true);
      const done = new Set<number>();
      try {
        const ids = assets.map(({ id }) => id);
        await act(action, ids, (part) => {
          apply(part, action);
          for (const id of part) done.add(id);
        });
        const steps = (last.current = undoOf(action, assets));
        toast.success(`${plural(ids.length, "file")} ${doneWords[action]}.`, {
          ...(steps.length > 0 && { action: { label: "Undo", onClick: () => void undo() }, duration: 12_000 }),
        });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const before = assets.filter(({ id }) => done.has(id));
        last.current = undoOf(action, before);
        toast.error(
          done.size > 0
            ? `${plural(done.size, "file")} ${doneWords[action]}; then it stopped. ${error.message}`
            : error.message,
        );
        if (!error.isPassing) await cache.reload();
      } finally {
        setBusy(false);
      }
    },
    [apply, cache, undo],
  );
  return { perform, undo, isBusy };
}
