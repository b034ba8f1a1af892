/** Judging files one after the other by keys: what is judged, what is still on its way to the service, and the way back. */
import type { Order } from "../lib/selection";
import type { State } from "./schema";
import { type AssetAction, actionTowards } from "./states";

export interface Judgement {
  readonly id: number;
  readonly before: State;
  readonly action: AssetAction;
}

export interface Review {
  /** The files in the order they were listed when the review began; it does not change under one's hands. */
  readonly ids: Order;
  readonly at: number;
  readonly judged: readonly Judgement[];
}

export function startReview(ids: Order, first: number): Review {
  return { ids, at: Math.max(0, ids.indexOf(first)), judged: [] };
}

/** One step on or back; the end is one past the last file. */
export function step(review: Review, by: number): Review {
  return { ...review, at: Math.max(0, Math.min(review.ids.length, review.at + by)) };
}

/** Judge the file in front and go on to the next. */
export function judge(review: Review, before: State, action: AssetAction): Review {
  const id = review.ids.at(review.at);
  if (id === undefined) return review;
  return step({ ...review, judged: [...review.judged, { id, before, action }] }, 1);
}

/** Take the last judgement back and stand at its file again; null where there is none. */
export function takeBack(review: Review): { review: Review; undo: Judgement } | null {
  const last = review.judged.at(-1);
  if (!last) return null;
  return {
    review: { ...review, at: review.ids.indexOf(last.id), judged: review.judged.slice(0, -1) },
    undo: { id: last.id, before: last.before, action: actionTowards(last.before) },
  };
}

/** A judgement that the service refused never was. */
export function refused(review: Review, id: number): Review {
  return { ...review, judged: review.judged.filter((judgement) => judgement.id !== id) };
}

interface Outgoing {
  readonly action: AssetAction;
  readonly ids: readonly number[];
}

/**
 * What is sent next: the longest run of one action from the front, so that a hundred quick judgements are few requests,
 * and an undo never overtakes what it undoes.
 */
export function nextOutgoing(waiting: readonly Judgement[], most: number): Outgoing | null {
  const [first] = waiting;
  if (!first) return null;
  const ids: number[] = [];
  for (const { id, action } of waiting) {
    if (action !== first.action || ids.length === most || ids.includes(id)) break;
    ids.push(id);
  }
  return { action: first.action, ids };
}
