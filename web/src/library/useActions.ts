import { useCallback, useMemo, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";

import { ApiError } from "../api/error";
import { plural } from "../lib/format";
import { toast, UNDO_MS } from "../ui/toast";
import { act, edit as editFiles } from "./api";
import { undoOfEdit } from "./edits";
import type { Asset, AssetEdit, State } from "./schema";
import { type AssetAction, doneWords, isShown, stateAfter, undoOf } from "./states";
import type { AssetWindows } from "./windows";

/** One request or more that take back a part of what was done. */
type WayBack = () => Promise<void>;

/** What the last acts were, so that each can be taken back, the last first. */
const MOST_UNDONE = 50;

interface Options {
  windows: AssetWindows;
  /** Which files are listed: what is no longer among them leaves the list. */
  state: State | null;
  refresh: () => Promise<void>;
}

/** Changes of many files: shown at once, taken back where the service refuses them, undone by `Z`, whatever they were. */
export function useActions({ windows, state, refresh }: Options) {
  const [isBusy, setBusy] = useState(false);
  const client = useQueryClient();
  const done = useRef<(readonly WayBack[])[]>([]);
  const notice = useRef<number | null>(null);

  const change = useCallback(
    (ids: Iterable<number>, edit: (asset: Asset) => Asset | null) => {
      const set = new Set(ids);
      windows.change(set, (asset) => {
        const after = edit(asset);
        return after && isShown(after.state, state) ? after : null;
      });
      for (const id of set) void client.invalidateQueries({ queryKey: ["papers", id] });
    },
    [windows, state, client],
  );

  const undo = useCallback(async () => {
    const ways = done.current.pop();
    if (notice.current !== null) toast.dismiss(notice.current);
    if (!ways) return;
    try {
      for (const goBack of ways) await goBack();
      toast.success("Undone.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(`Not everything could be undone. ${error.message}`);
    }
    await refresh();
  }, [refresh]);

  /** Tell what was done, and how it is taken back. */
  const told = useCallback(
    (text: string, ways: readonly WayBack[]) => {
      if (ways.length > 0) done.current = [...done.current, ways].slice(-MOST_UNDONE);
      if (notice.current !== null) toast.dismiss(notice.current);
      const offer = { action: { label: "Undo", onClick: () => void undo() }, duration: UNDO_MS };
      notice.current = toast.success(text, ways.length > 0 ? offer : {});
    },
    [undo],
  );

  /** Do it in as many requests as it takes; what was done before one was refused is told, and can be undone. */
  const run = useCallback(
    async (
      assets: readonly Asset[],
      send: (ids: readonly number[], onDone: (part: readonly number[]) => void) => Promise<void>,
      words: (count: number) => string,
      waysFor: (changed: readonly Asset[]) => readonly WayBack[],
    ) => {
      const changed = new Set<number>();
      const isDone = ({ id }: Asset) => changed.has(id);
      setBusy(true);
      try {
        await send(
          assets.map(({ id }) => id),
          (part) => {
            for (const id of part) changed.add(id);
          },
        );
        told(words(assets.length), waysFor(assets));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (changed.size > 0) told(words(changed.size), waysFor(assets.filter(isDone)));
        toast.error(changed.size > 0 ? `Then it stopped. ${error.message}` : error.message);
        await refresh();
      } finally {
        setBusy(false);
      }
    },
    [told, refresh],
  );

  const perform = useCallback(
    async (action: AssetAction, assets: readonly Asset[]) => {
      change(
        assets.map(({ id }) => id),
        (asset) => afterAction(asset, action),
      );
      await run(
        assets,
        (ids, onDone) => act(action, ids, onDone),
        (count) => `${plural(count, "file")} ${doneWords[action]}.`,
        (changed) => undoOf(action, changed).map((step) => () => act(step.action, step.ids)),
      );
    },
    [change, run],
  );

  /** One of several is approved and the others set aside or thrown away: one act, taken back as one. */
  const keep = useCallback(
    async (kept: Asset, others: readonly Asset[], action: "set_aside" | "trash") => {
      const parts = [
        { action: "approve", assets: [kept] },
        { action, assets: others },
      ] as const;
      for (const part of parts) {
        change(
          part.assets.map(({ id }) => id),
          (asset) => afterAction(asset, part.action),
        );
      }
      await run(
        [kept, ...others],
        async (_ids, onDone) => {
          for (const part of parts) {
            await act(
              part.action,
              part.assets.map(({ id }) => id),
              onDone,
            );
          }
        },
        (count) =>
          count === 1 ? `${kept.name} kept.` : `${kept.name} kept, ${plural(count - 1, "file")} ${doneWords[action]}.`,
        (changed) =>
          parts
            .flatMap((part) =>
              undoOf(
                part.action,
                part.assets.filter((asset) => changed.includes(asset)),
              ),
            )
            .map((step) => () => act(step.action, step.ids)),
      );
    },
    [change, run],
  );

  /** Stars, a note or a label; the same label again takes it away. */
  const judge = useCallback(
    async (set: { rating: number } | { label: number } | { note: string | null }, assets: readonly Asset[]) => {
      const isSame = "label" in set && assets.every(({ label }) => label === set.label);
      const judged = isSame ? { label: null } : set;
      change(
        assets.map(({ id }) => id),
        (asset) => ({ ...asset, ...judged }),
      );
      const what =
        "rating" in set
          ? plural(set.rating, "star")
          : "note" in set
            ? set.note === null
              ? "no note"
              : "noted"
            : isSame
              ? "no label"
              : `label ${set.label}`;
      await run(
        assets,
        (ids, onDone) => editFiles(ids, { set: judged }, onDone),
        (count) => `${plural(count, "file")}: ${what}.`,
        (changed) => undoOfEdit({ set: judged }, changed).map((step) => () => editFiles(step.ids, step.edit)),
      );
    },
    [change, run],
  );

  /** Raises what the service refuses, after what it did change is told. */
  const edit = useCallback(
    async (asked: AssetEdit, assets: readonly Asset[]) => {
      const changed = new Set<number>();
      try {
        await editFiles(
          assets.map(({ id }) => id),
          asked,
          (part) => {
            for (const id of part) changed.add(id);
          },
        );
      } finally {
        const before = assets.filter(({ id }) => changed.has(id));
        if (before.length > 0) {
          const ways = undoOfEdit(asked, before).map((step) => () => editFiles(step.ids, step.edit));
          told(`${plural(before.length, "file")} changed.`, ways);
          await refresh();
        }
      }
    },
    [told, refresh],
  );
  return useMemo(
    () => ({ perform, keep, judge, edit, undo, change, isBusy }),
    [perform, keep, judge, edit, undo, change, isBusy],
  );
}

export type LibraryActions = ReturnType<typeof useActions>;

function afterAction(asset: Asset, action: AssetAction): Asset | null {
  const state = stateAfter(action, "new");
  // What comes back from the trash is where it was; the service knows where that is.
  return state === null || action === "restore" ? null : { ...asset, state };
}
