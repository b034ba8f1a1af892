import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

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
type Heard = (ids: readonly number[]) => void;

/** What is done to some files: how they are then, how it is asked for, and how it is taken back where it was done. */
interface Part {
  readonly assets: readonly Asset[];
  readonly after: (asset: Asset) => Asset | null;
  readonly send: (ids: readonly number[], onDone: Heard) => Promise<void>;
  readonly waysBack: (changed: readonly Asset[]) => readonly WayBack[];
}

/** What the last acts were, so that each can be taken back, the last first. */
const MOST_UNDONE = 50;

interface Options {
  windows: AssetWindows;
  /** Which files are listed: what is no longer among them leaves the list. */
  state: State | null;
  refresh: () => Promise<void>;
}

export type LibraryActions = ReturnType<typeof useActions>;

/** Changes of many files: shown at once, taken back where the service refuses them, undone by `Z`, whatever they were. */
export function useActions({ windows, state, refresh }: Options) {
  const client = useQueryClient();
  const done = useRef<(readonly WayBack[])[]>([]);
  const notice = useRef<number | null>(null);

  const change = (ids: Iterable<number>, edit: (asset: Asset) => Asset | null) => {
    const set = new Set(ids);
    windows.change(set, (asset) => {
      const after = edit(asset);
      return after && isShown(after.state, state) ? after : null;
    });
    for (const id of set) void client.invalidateQueries({ queryKey: ["papers", id] });
  };

  const undo = async () => {
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
  };

  /** Tell what was done, and how it is taken back. */
  const told = (text: string, ways: readonly WayBack[]) => {
    if (ways.length > 0) done.current = [...done.current, ways].slice(-MOST_UNDONE);
    if (notice.current !== null) toast.dismiss(notice.current);
    const offer = { action: { label: "Undo", onClick: () => void undo() }, duration: UNDO_MS };
    notice.current = toast.success(text, ways.length > 0 ? offer : {});
  };

  /** Do it in as many requests as it takes; what was done before one was refused is told, and can be undone. */
  const run = async (parts: readonly Part[], words: (count: number) => string) => {
    const changed = new Set<number>();
    const tell = () => {
      const waysOf = ({ assets, waysBack }: Part) => waysBack(assets.filter(({ id }) => changed.has(id)));
      told(words(changed.size), parts.flatMap(waysOf));
    };
    for (const { assets, after } of parts) change(idsOf(assets), after);
    try {
      for (const { assets, send } of parts) await send(idsOf(assets), noteIn(changed));
      tell();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (changed.size > 0) tell();
      toast.error(changed.size > 0 ? `Then it stopped. ${error.message}` : error.message);
      await refresh();
    }
  };

  const perform = (action: AssetAction, assets: readonly Asset[]) =>
    run([actPart(action, assets)], (count) => `${plural(count, "file")} ${doneWords[action]}.`);

  /** One of several is approved and the others set aside or thrown away: one act, taken back as one. */
  const keep = (kept: Asset, others: readonly Asset[], action: "set_aside" | "trash") =>
    run([actPart("approve", [kept]), actPart(action, others)], (count) =>
      count === 1 ? `${kept.name} kept.` : `${kept.name} kept, ${plural(count - 1, "file")} ${doneWords[action]}.`,
    );

  /** Stars, a note or a label; the same label again takes it away. */
  const judge = (set: Judged, assets: readonly Asset[]) => {
    const isSame = "label" in set && assets.every(({ label }) => label === set.label);
    const judged = isSame ? { label: null } : set;
    const part: Part = {
      assets,
      after: (asset) => ({ ...asset, ...judged }),
      send: (ids, onDone) => editFiles(ids, { set: judged }, onDone),
      waysBack: (changed) => waysBackFrom({ set: judged }, changed),
    };
    return run([part], (count) => `${plural(count, "file")}: ${judgedWords(judged)}.`);
  };

  /** Raises what the service refuses, after what it did change is told. */
  const edit = async (asked: AssetEdit, assets: readonly Asset[]) => {
    const changed = new Set<number>();
    try {
      await editFiles(idsOf(assets), asked, noteIn(changed));
    } finally {
      const before = assets.filter(({ id }) => changed.has(id));
      if (before.length > 0) {
        told(`${plural(before.length, "file")} changed.`, waysBackFrom(asked, before));
        await refresh();
      }
    }
  };
  return { perform, keep, judge, edit, undo, change };
}

const idsOf = (assets: readonly Asset[]) => assets.map(({ id }) => id);

const noteIn =
  (changed: Set<number>): Heard =>
  (ids) => {
    for (const id of ids) changed.add(id);
  };

function actPart(action: AssetAction, assets: readonly Asset[]): Part {
  const state = stateAfter(action, "new");
  return {
    assets,
    // What comes back from the trash is where it was; the service knows where that is.
    after: (asset) => (state === null || action === "restore" ? null : { ...asset, state }),
    send: (ids, onDone) => act(action, ids, onDone),
    waysBack: (changed) => undoOf(action, changed).map((step) => () => act(step.action, step.ids)),
  };
}

const waysBackFrom = (edit: AssetEdit, changed: readonly Asset[]): WayBack[] =>
  undoOfEdit(edit, changed).map((step) => () => editFiles(step.ids, step.edit));

type Judged = { rating: number } | { label: number | null } | { note: string | null };

function judgedWords(judged: Judged): string {
  if ("rating" in judged) return plural(judged.rating, "star");
  if ("label" in judged) return judged.label === null ? "no label" : `label ${judged.label}`;
  return judged.note === null ? "no note" : "noted";
}
