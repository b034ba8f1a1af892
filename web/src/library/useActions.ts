import { useCallback, useRef, useState } from "react";

import { ApiError } from "../api/error";
import { plural } from "../lib/format";
import { toast } from "../ui/toast";
import { act, edit as editFiles } from "./api";
import { undoOfEdit } from "./edits";
import type { Asset, AssetEdit } from "./schema";
import { type AssetAction, doneWords, stateAfter, undoOf } from "./states";
import type { useAssetsCache } from "./useAssets";

type Cache = ReturnType<typeof useAssetsCache>;
/** One request or more that take back a part of what was done last. */
type WayBack = () => Promise<void>;

const UNDO_MS = 12_000;

/** Changes of many files: what the service has confirmed is shown, what it has not is said. */
export function useActions(cache: Cache) {
  const [isBusy, setBusy] = useState(false);
  const last = useRef<readonly WayBack[]>([]);
  const notice = useRef<number | null>(null);

  const undo = useCallback(async () => {
    const ways = last.current;
    last.current = [];
    if (notice.current !== null) toast.dismiss(notice.current);
    if (ways.length === 0) return;
    try {
      for (const goBack of ways) await goBack();
      toast.success("Undone.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(`Not everything could be undone. ${error.message}`);
    }
    await cache.reload();
  }, [cache]);

  /** Only the newest change can be taken back: the notice of the one before goes. */
  const told = useCallback(
    (text: string, ways: readonly WayBack[]) => {
      last.current = ways;
      if (notice.current !== null) toast.dismiss(notice.current);
      const offer = { action: { label: "Undo", onClick: () => void undo() }, duration: UNDO_MS };
      notice.current = toast.success(text, ways.length > 0 ? offer : {});
    },
    [undo],
  );

  const perform = useCallback(
    async (action: AssetAction, assets: readonly Asset[]) => {
      const waysFor = (changed: readonly Asset[]) =>
        undoOf(action, changed).map((step) => () => act(step.action, step.ids));
      const done = new Set<number>();
      setBusy(true);
      try {
        await act(action, idsOf(assets), (part) => {
          cache.change(part, (asset) => afterAction(asset, action));
          for (const id of part) done.add(id);
        });
        told(`${plural(assets.length, "file")} ${doneWords[action]}.`, waysFor(assets));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (done.size > 0) told(`${plural(done.size, "file")} ${doneWords[action]}.`, waysFor(only(assets, done)));
        toast.error(done.size > 0 ? `Then it stopped. ${error.message}` : error.message);
        if (!error.isPassing) await cache.reload();
      } finally {
        setBusy(false);
      }
    },
    [cache, told],
  );

  /** Raises what the service refuses, after what it did change is told. */
  const edit = useCallback(
    async (change: AssetEdit, assets: readonly Asset[]) => {
      const done = new Set<number>();
      try {
        await editFiles(idsOf(assets), change, (part) => {
          for (const id of part) done.add(id);
        });
      } finally {
        if (done.size > 0) {
          const ways = undoOfEdit(change, only(assets, done)).map((step) => () => editFiles(step.ids, step.edit));
          told(`${plural(done.size, "file")} changed.`, ways);
          await cache.reload();
        }
      }
    },
    [cache, told],
  );
  return { perform, edit, undo, isBusy };
}

function idsOf(assets: readonly Asset[]): number[] {
  return assets.map(({ id }) => id);
}

function only(assets: readonly Asset[], ids: ReadonlySet<number>): Asset[] {
  return assets.filter(({ id }) => ids.has(id));
}

function afterAction(asset: Asset, action: AssetAction): Asset | null {
  const state = stateAfter(action, "new");
  // What comes back from the trash is where it was; the service knows where that is.
  return state === null || action === "restore" ? null : { ...asset, state };
}
