/** Undo and redo of whole changes: what was done to which cells. */
import { isSame } from "../../ui/edits";
import type { Field, Value } from "./cells";

export interface CellChange {
  readonly id: number;
  readonly field: Field;
  readonly before: Value;
  readonly after: Value;
}
export type Step = readonly CellChange[];

export interface History {
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
}

export const noHistory: History = { done: [], undone: [] };
const MOST_STEPS = 200;

/** What is done anew cannot be followed by what was undone before. */
export function noted({ done }: History, step: Step): History {
  return { done: [...done, step].slice(-MOST_STEPS), undone: [] };
}

export function takenBack({ done, undone }: History): { history: History; step: Step } | null {
  const last = done.at(-1);
  if (!last) return null;
  const step = last.map((change) => ({ ...change, before: change.after, after: change.before }));
  return { history: { done: done.slice(0, -1), undone: [...undone, last] }, step };
}

export function doneAgain({ done, undone }: History): { history: History; step: Step } | null {
  const step = undone.at(-1);
  return step ? { history: { done: [...done, step], undone: undone.slice(0, -1) }, step } : null;
}

/** Only the cells that still have what the change begins with: what was written since stays. */
export function applicable(step: Step, now: (id: number, field: Field) => Value | undefined): Step {
  return step.filter(({ id, field, before }) => isSame(now(id, field), before));
}
