import { plural, t } from "@lingui/core/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { PMDError } from "@pmd/client";
import { writeSeen } from "../../data/seen";
import { isSame, namesOf, pick, StaleError } from "../../ui/edits";
import { chunk, MAX_IDS } from "../../platform/lists";
import { optOutWords } from "../../ui/OptOutField";
import { tellStale, toast, UNDO_MS } from "../../ui/toast";
import { act, edit as editFiles, fileOf, type Seen } from "./api";
import { DraftCounts } from "./draftCounts";
import { undoOfEdit } from "./edits";
import type { Asset, AssetEdit, AssetsChanged, State } from "../../data/assets/schema";
import { type AssetAction, type Decision, doneWords, isShown, oppositeOf, stateAfter, undoOf } from "./states";
import { savingBeforeUnload } from "./unsaved";
import type { AssetList } from "./windows";

/** Requests that undo part of a change. */
type UndoRequest = () => Promise<void>;
type OnBatch = (ids: readonly number[], answer: AssetsChanged) => void;

/** A change to some files: their state afterwards, the request, and the requests that undo it. */
interface Change {
  readonly assets: readonly Asset[];
  readonly after: (asset: Asset) => Asset | null;
  readonly send: (ids: readonly number[], onDone: OnBatch) => Promise<void>;
  readonly undoRequests: (changed: readonly Asset[]) => readonly UndoRequest[];
  /** Others have changed the same meanwhile. */
  readonly tellStale?: (now: Asset) => void;
}

/** The size of the undo stack. */
const MAX_UNDO = 50;

interface Options {
  list: AssetList;
  /** The listed state: files that leave it leave the list. */
  state: State | "";
  refresh: () => Promise<void>;
}

export type LibraryActions = ReturnType<typeof useActions>;

/** Bulk changes: optimistic, rolled back when the service rejects them, undone with `Z`. */
export function useActions({ list, state, refresh }: Options) {
  const client = useQueryClient();
  const done = useRef<(readonly UndoRequest[])[]>([]);
  const notice = useRef<number | null>(null);
  const last = useRef<Promise<unknown>>(Promise.resolve());

  /** `answered`: by the service, where it does not have the change yet. */
  const change = (ids: Iterable<number>, edit: (asset: Asset) => Asset | null, answered?: Promise<unknown>) => {
    const set = new Set(ids);
    const shown = (asset: Asset) => {
      const after = edit(asset);
      return after && isShown(after.state, state) ? after : null;
    };
    list.change(set, shown, answered);
    for (const id of set) void client.invalidateQueries({ queryKey: ["asset-details", id] });
  };

  const undo = async () => {
    await last.current;
    const ways = done.current.pop();
    if (notice.current !== null) toast.dismiss(notice.current);
    if (!ways) return;
    try {
      for (const undoRequest of ways) await undoRequest();
      toast.success(t`Undone.`);
    } catch (error) {
      if (!(error instanceof PMDError)) throw error;
      if (error.isRetryable) done.current = [...done.current, ways].slice(-MAX_UNDO);
      toast.error(t`Some changes could not be undone. ${error.message}`);
    }
    await refresh();
  };

  /** Keep what undoes a change that is made elsewhere, behind those under way; the returned function forgets it. */
  const remember = (undoRequest: UndoRequest) => {
    const ways = [undoRequest];
    const then = (work: () => void) => {
      last.current = last.current.then(work);
    };
    then(() => {
      done.current = [...done.current, ways].slice(-MAX_UNDO);
      // Its button would undo this instead.
      if (notice.current !== null) toast.dismiss(notice.current);
    });
    return () => then(() => (done.current = done.current.filter((each) => each !== ways)));
  };

  /** Show a notice with an undo button. */
  const notify = (text: string, ways: readonly UndoRequest[]) => {
    if (ways.length > 0) done.current = [...done.current, ways].slice(-MAX_UNDO);
    if (notice.current !== null) toast.dismiss(notice.current);
    const offer = { action: { label: t`Undo`, onClick: () => void undo() }, duration: UNDO_MS };
    notice.current = toast.success(text, ways.length > 0 ? offer : {});
  };

  /**
   * Send all requests. If one fails, what succeeded before it is reported and can be undone; resolves to false. Where
   * others have changed the same, their user is asked, and it resolves to true.
   */
  const run = (parts: readonly Change[], words: (count: number) => string) => {
    const running = send(parts, words, last.current);
    last.current = running.catch(() => undefined);
    return running;
  };

  /** Notices and undo steps are in the order of the changes, whichever request is answered first. */
  const send = async (parts: readonly Change[], words: (count: number) => string, earlier: Promise<unknown>) => {
    const changed = new Set<number>();
    const drafts = new DraftCounts();
    const before = new Map(parts.flatMap(({ assets }) => assets.map((asset) => [asset.id, asset])));
    const tell = () => {
      const waysOf = ({ assets, undoRequests }: Change) => undoRequests(assets.filter(({ id }) => changed.has(id)));
      notify([words(changed.size), ...drafts.warning()].join(" "), parts.flatMap(waysOf));
    };
    const onDone: OnBatch = (ids, answer) => {
      for (const id of ids) changed.add(id);
      drafts.add(answer);
    };
    const sent = savingBeforeUnload(async () => {
      for (const { assets, send } of parts) await send(idsOf(assets), onDone);
    });
    for (const { assets, after } of parts) change(idsOf(assets), after, sent);
    try {
      await sent;
      await earlier;
      tell();
      return true;
    } catch (error) {
      if (!(error instanceof PMDError)) throw error;
      // A refresh alone would not do: it may fail as well, and waits while the viewer is open.
      const unchanged = [...before.keys()].filter((id) => !changed.has(id));
      change(unchanged, (asset) => before.get(asset.id) ?? asset);
      await earlier;
      if (changed.size > 0) tell();
      const [part] = parts;
      if (error instanceof StaleError && part?.tellStale) {
        const now = error.now as Asset;
        change([now.id], () => now);
        part.tellStale(now);
        return true;
      }
      toast.error(changed.size > 0 ? t`The rest was not changed. ${error.message}` : error.message);
      await refresh();
      return false;
    }
  };

  const perform = (action: AssetAction, assets: readonly Asset[]) =>
    run(
      [stateChange(action, assets)],
      (count) => t`${plural(count, { one: "# file", other: "# files" })} ${doneWords[action]}.`,
    );

  /** Approve one of several files and set aside or trash the others; one undo step. */
  const keep = (kept: Asset, others: readonly Asset[], action: "set_aside" | "trash") =>
    run([stateChange("approve", [kept]), stateChange(action, others)], (count) =>
      count === 1
        ? t`${kept.name} kept.`
        : t`${kept.name} kept, ${plural(count - 1, { one: "# file", other: "# files" })} ${doneWords[action]}.`,
    );

  /** Decide about groups of similar files, each with the one on top first; one undo step. */
  const decide = async (decision: Decision, groups: readonly (readonly Asset[])[], words: string) => {
    const isDone = await run(
      groups.map((assets) => decided(decision, assets)),
      () => words,
    );
    if (isDone) await refresh();
    return isDone;
  };

  /** The first on top; `count`: with what is below them. */
  const stack = (files: readonly [Asset, ...Asset[]], count: number) =>
    decide(
      "stack",
      [files],
      t`${plural(count, { one: "# file", other: "# files" })} in one stack, ${files[0].name} on top.`,
    );

  /** Set stars, a label, or what one file says; the label that is already set is removed. */
  const judge = (set: Judged, assets: readonly Asset[]): Promise<boolean> => {
    const isSet = "label" in set && assets.every(({ label }) => label === set.label);
    const judged = isSet ? { label: null } : set;
    const [only] = assets.length === 1 ? assets : [];
    let before = only;
    const part: Change = {
      assets,
      after: (asset) => ({ ...asset, ...judged }),
      send: async (ids, onDone) => {
        if (!only) return editFiles(ids, { set: judged }, onDone);
        await judging.get(only.id); // those of one file in turn, of many at once
        before = await judgeSeen(only, judged, (seen) => editFiles(ids, { set: judged }, onDone, seen));
      },
      undoRequests: (changed) => undoRequestsOf({ set: judged }, before ? [before] : changed),
      ...(only && {
        tellStale: (now) =>
          tellStale(valueWords(judged, now), valueWords(judged, judged), () => void judge(set, [now])),
      }),
    };
    const words = (count: number) => t`${plural(count, { one: "# file", other: "# files" })}: ${judgedWords(judged)}.`;
    const running = run([part], words);
    const ended = running.catch(() => false);
    if (only) judging.set(only.id, ended);
    return running;
  };

  /** Rethrows the service's error after reporting what did change. */
  const edit = async (asked: AssetEdit, assets: readonly Asset[], seen?: Seen) => {
    const changed = new Set<number>();
    try {
      await editFiles(
        idsOf(assets),
        asked,
        (ids) => {
          for (const id of ids) changed.add(id);
        },
        seen,
      );
    } finally {
      const before = assets.filter(({ id }) => changed.has(id));
      if (before.length > 0) {
        notify(
          t`${plural(before.length, { one: "# file", other: "# files" })} changed.`,
          undoRequestsOf(asked, before),
        );
        await refresh();
      }
    }
  };
  return { perform, keep, decide, stack, judge, edit, undo, remember, change };
}

const idsOf = (assets: readonly Asset[]) => assets.map(({ id }) => id);

function stateChange(action: AssetAction, assets: readonly Asset[]): Change {
  const state = stateAfter(action, "new");
  return {
    assets,
    // A restored file returns to its former state, which only the service knows.
    after: (asset) => (state === null || action === "restore" ? null : { ...asset, state }),
    send: (ids, onDone) => act(action, ids, onDone),
    undoRequests: (changed) => undoOf(action, changed).map((step) => () => act(step.action, step.ids)),
  };
}

/** The list shows it once it is refreshed: a stacked file is in another place of it. */
function decided(decision: Decision, assets: readonly Asset[]): Change {
  const opposite = oppositeOf[decision];
  const earlier: (readonly number[])[] = [];
  return {
    assets,
    after: (asset) => asset,
    send: (ids, onDone) =>
      act(decision, ids, (part, answer) => {
        earlier.push(...answer.earlier_stacks);
        onDone(part, answer);
      }),
    undoRequests: (changed) => [
      ...(opposite ? [() => act(opposite, idsOf(changed))] : []),
      ...earlier.flatMap(([top = 0, ...below]) =>
        chunk(below, MAX_IDS - 1).map((part) => () => act("stack", [top, ...part])),
      ),
    ],
  };
}

const undoRequestsOf = (edit: AssetEdit, changed: readonly Asset[]): UndoRequest[] =>
  undoOfEdit(edit, changed).map((step) => async () => {
    await editFiles(step.ids, step.edit);
    for (const id of step.ids) if (setHere.has(id)) noteSet(id, step.edit.set as Partial<Asset>);
  });

type Judged =
  | { rating: number }
  | { label: number | null }
  | { note: string | null }
  | { alt_text: string | null }
  | { content_warnings: string[] }
  | { ai_opt_out: boolean | null };

/** The last of what is being set, by file. */
const judging = new Map<number, Promise<boolean>>();

/** What this tab has set last, by file: a list may show what was before. */
const setHere = new Map<number, Partial<Asset>>();

function noteSet(id: number, set: Partial<Asset>): void {
  setHere.set(id, { ...setHere.get(id), ...set });
}

/** Make it unless another tab or program has changed the same since it was seen; resolves to the file before it. */
async function judgeSeen(asset: Asset, judged: Judged, write: (seen: Seen) => Promise<void>): Promise<Asset> {
  const names = namesOf(judged as Partial<Asset>);
  const here = setHere.get(asset.id) ?? {};
  const made = { seen: pick(asset, names), to: judged as Partial<Asset> };
  try {
    await writeSeen(fileOf(asset.id), made, (_, seen) => write(seen));
  } catch (error) {
    if (!(error instanceof StaleError)) throw error;
    const now = pick(error.now as Asset, names);
    if (!isSame(now, pick(here as Asset, names))) throw error;
    await writeSeen(fileOf(asset.id), { ...made, seen: now }, (_, seen) => write(seen));
    made.seen = now;
  }
  noteSet(asset.id, judged);
  return { ...asset, ...made.seen };
}

/** A value of those that are judged, for people. */
function valueWords(judged: Judged, of: Partial<Asset>): string {
  if ("note" in judged) return of.note ?? "";
  if ("alt_text" in judged) return of.alt_text ?? "";
  if ("content_warnings" in judged) return (of.content_warnings ?? []).join(", ");
  if ("ai_opt_out" in judged) return optOutWords(of.ai_opt_out ?? null) ?? "";
  return judgedWords("label" in judged ? { label: of.label ?? null } : { rating: of.rating ?? 0 });
}

function judgedWords(judged: Judged): string {
  if ("rating" in judged) return plural(judged.rating, { one: "# star", other: "# stars" });
  if ("label" in judged) return judged.label === null ? t`no label` : t`label ${judged.label}`;
  if ("alt_text" in judged) return judged.alt_text === null ? t`alt text removed` : t`alt text saved`;
  if ("content_warnings" in judged)
    return plural(judged.content_warnings.length, { one: "# warning", other: "# warnings" });
  if ("ai_opt_out" in judged) return t`AI training saved`;
  return judged.note === null ? t`note removed` : t`note saved`;
}
