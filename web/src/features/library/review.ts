/** Reviewing files one by one with keys: judgements, the queue to the service, and undo. */
import type { Order } from "../../platform/selection";
import type { State } from "../../data/assets/schema";
import { type AssetAction, actionTowards } from "./states";

export interface Judgement {
  readonly id: number;
  readonly before: State;
  readonly action: AssetAction;
}

export interface Review {
  readonly at: number;
  readonly judged: readonly Judgement[];
}

export function startReview(ids: Order, first: number): Review {
  return { at: Math.max(0, ids.indexOf(first)), judged: [] };
}

/** One step forward or back; the end is one past the last file. */
export function step(review: Review, ids: Order, by: number): Review {
  return { ...review, at: Math.max(0, Math.min(ids.length, review.at + by)) };
}

/** Judge the current file and go on to the next. */
export function judge(review: Review, ids: Order, judgement: Judgement): Review {
  return step({ ...review, judged: [...review.judged, judgement] }, ids, 1);
}

/** Undo the last judgement and return to its file; null if there is none. */
export function takeBack(review: Review, ids: Order): { review: Review; undo: Judgement } | null {
  const last = review.judged.at(-1);
  if (!last) return null;
  return {
    review: { ...review, at: ids.indexOf(last.id), judged: review.judged.slice(0, -1) },
    undo: oppositeOf(last),
  };
}

/** The service alone puts a file out of the trash. */
export function oppositeOf({ id, before, action }: Judgement): Judgement {
  return { id, before, action: action === "trash" ? "restore" : actionTowards(before) };
}

/** Drop a judgement that the service rejected. */
export function refused(review: Review, id: number): Review {
  return { ...review, judged: review.judged.filter((judgement) => judgement.id !== id) };
}

interface Outgoing {
  readonly action: AssetAction;
  readonly ids: readonly number[];
}

/**
 * The next batch: the longest run of one action from the front of the queue. A hundred quick judgements become few
 * requests, and an undo never overtakes what it undoes.
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
