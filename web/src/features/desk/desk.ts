/** The drafts of this tab, and what saves them. It outlives the page: what is not saved when another is opened is saved then. */
import { PMDError } from "@pmd/client";
import * as v from "valibot";

import { type Retry, scheduleRetry } from "../../data/live/retry";
import { createStore } from "../../platform/store";
import { readStored, writeStored } from "../../platform/stored";
import { applicable, doneAgain, type History, noHistory, noted, type Step, takenBack } from "./history";
import type { Draft, DraftsChanged } from "./schema";
import {
  type Change,
  type Edits,
  type Kept,
  type Name,
  pendingChanges,
  settled,
  type Sheet,
  unsavedIn,
  withAnswers,
  withEdits,
  withKept,
  withoutDrafts,
  withSent,
  withServed,
  withUnsent,
} from "./sheet";

/** The API accepts at most this many changes per request. */
const MAX_CHANGES = 2000;
/** What is written in quick succession is saved together. */
const DEBOUNCE_MS = 250;

export interface Saving {
  readonly isBusy: boolean;
  /** Milliseconds since 1970; null before anything was saved. */
  readonly savedAt: number | null;
  /** Why the last attempt failed, and when the next one begins; null: after signing in. */
  readonly failure: { readonly message: string; readonly retryAt: number | null } | null;
}

export type Send = (changes: readonly Change[]) => Promise<DraftsChanged>;

export class Desk {
  readonly sheet = createStore<Sheet>(new Map());
  readonly saving = createStore<Saving>({ isBusy: false, savedAt: null, failure: null });
  readonly history = createStore<History>(noHistory);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private again: Retry | null = null;

  constructor(private readonly send: Send) {}

  serve(drafts: Iterable<Draft>): void {
    this.sheet.set(withServed(this.sheet.get(), drafts));
    this.plan();
  }

  remove(ids: Iterable<number>): void {
    this.sheet.set(withoutDrafts(this.sheet.get(), ids));
  }

  /** The step becomes one of the history. `seen`: what cells had when they were opened to be written. */
  write(step: Step, seen?: ReadonlyMap<number, Edits>): void {
    const real = step.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
    if (real.length === 0) return;
    this.history.set(noted(this.history.get(), real));
    this.apply(real, seen);
  }

  /** Whether there was something; and how many of its cells have been written since, and stay. */
  undo(isRedo = false): { cells: Step; left: number } | null {
    const found = (isRedo ? doneAgain : takenBack)(this.history.get());
    if (!found) return null;
    this.history.set(found.history);
    const cells = applicable(found.step, (id, field) => this.sheet.get().get(id)?.shown[field]);
    this.apply(cells);
    return { cells, left: found.step.length - cells.length };
  }

  edit(written: ReadonlyMap<number, Edits>, seen?: ReadonlyMap<number, Edits>): void {
    this.sheet.set(withEdits(this.sheet.get(), written, seen));
    this.plan();
  }

  /** Edits that another visit could not save. */
  restore(kept: ReadonlyMap<number, Kept>): void {
    this.sheet.set(withKept(this.sheet.get(), kept));
    this.plan();
  }

  settle(id: number, name: Name, isMine: boolean): void {
    this.sheet.set(settled(this.sheet.get(), id, name, isMine));
    this.plan();
  }

  /** At once, also while it waits to try again. */
  retry(): void {
    clearTimeout(this.timer);
    this.again?.stop();
    void this.flush();
  }

  hasUnsaved(): boolean {
    return unsavedIn(this.sheet.get()).waiting > 0;
  }

  private apply(step: Step, seen?: ReadonlyMap<number, Edits>): void {
    const written = new Map<number, Edits>();
    for (const { id, field, after } of step) written.set(id, { ...written.get(id), [field]: after });
    this.edit(written, seen);
  }

  private plan(pause = DEBOUNCE_MS): void {
    if (this.saving.get().isBusy || this.saving.get().failure || !this.hasUnsaved()) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), pause);
  }

  private async flush(): Promise<void> {
    const changes = pendingChanges(this.sheet.get(), MAX_CHANGES);
    const saving = this.saving.get();
    if (saving.isBusy) return;
    if (changes.length === 0) {
      // What could not be saved was taken back, or is gone: what is written next waits for nothing.
      if (saving.failure) this.saving.set({ ...saving, failure: null });
      return;
    }
    this.saving.set({ ...saving, isBusy: true });
    this.sheet.set(withSent(this.sheet.get(), changes));
    try {
      const { items } = await this.send(changes);
      this.sheet.set(withAnswers(this.sheet.get(), items));
      this.failures = 0;
      this.saving.set({ isBusy: false, savedAt: Date.now(), failure: null });
      this.plan();
    } catch (error) {
      this.sheet.set(withUnsent(this.sheet.get(), changes));
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.again = scheduleRetry(this.failures, () => void this.flush());
    this.failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    this.saving.set({ ...this.saving.get(), isBusy: false, failure: { message, retryAt: this.again.at } });
    if (!(error instanceof PMDError)) reportError(error); // a mistake of ours
  }
}

const KEPT = v.array(
  v.object({ id: v.number(), edits: v.record(v.string(), v.any()), bases: v.record(v.string(), v.any()) }),
);

/** What could not be saved before the page was left, for when it is opened again in this tab. */
export function keepUnsaved(desk: Desk, key: string): void {
  const entries = [...desk.sheet.get()].filter(([, { edits }]) => Object.keys(edits).length > 0);
  writeStored(
    sessionStorage,
    key,
    entries.map(([id, { edits, bases }]) => ({ id, edits, bases })),
  );
}

/** The kept edits, once; what has been written elsewhere since is in conflict with them. */
export function takeUnsaved(key: string): ReadonlyMap<number, Kept> {
  const kept = readStored(sessionStorage, key, KEPT) ?? [];
  writeStored(sessionStorage, key, []);
  return new Map(kept.map(({ id, edits, bases }) => [id, { edits: edits, bases: bases }]));
}
