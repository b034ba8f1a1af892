import { useEffect, useRef, useState } from "react";

import { PMDError } from "@pmd/client";
import { MAX_IDS } from "../../platform/lists";
import type { Order } from "../../platform/selection";
import { sleep } from "../../platform/sleep";
import { backoffMs } from "../../data/live/stream";
import { toast } from "../../ui/toast";
import { act } from "./api";
import {
  judge,
  type Judgement,
  nextOutgoing,
  oppositeOf,
  refused,
  type Review,
  startReview,
  step,
  takeBack,
} from "./review";
import type { Asset, State } from "../../data/assets/schema";
import { type AssetAction, stateAfter } from "./states";
import { savingBeforeUnload } from "./unsaved";

interface Options {
  /** Their number and order are fixed for the duration of the review; more of them become known. */
  ids: Order;
  first: number;
  stateOf: (id: number) => State | null;
  /** The service has confirmed it. */
  onConfirmed: (ids: readonly number[], change: (asset: Asset) => Asset) => void;
  /** Keeps what undoes a judgement once the viewer is closed; gives a function that forgets it. */
  remember: (undo: () => Promise<void>) => () => void;
}

/**
 * Reviewing with keys: each judgement is queued and sent immediately, in order, and counts as saved once the service has
 * confirmed it. Temporary errors are retried; rejected judgements are rolled back with a notice.
 */
export function useReview({ ids, first, stateOf, onConfirmed, remember }: Options) {
  const [review, setReview] = useState<Review>(() => startReview(ids, first));
  const [waiting, setWaiting] = useState(0);
  const [trouble, setTrouble] = useState<string | null>(null);
  const queue = useRef<Judgement[]>([]);
  const sending = useRef<Promise<void> | null>(null);
  const forgetting = useRef(new Map<Judgement, () => void>());
  const confirmed = useRef(onConfirmed);
  useEffect(() => {
    confirmed.current = onConfirmed;
  }, [onConfirmed]);

  const forget = (judgement: Judgement | undefined) => {
    if (!judgement) return;
    forgetting.current.get(judgement)?.();
    forgetting.current.delete(judgement);
  };

  const drain = async () => {
    let failures = 0;
    let most = MAX_IDS;
    for (;;) {
      const next = nextOutgoing(queue.current, most);
      if (!next) break;
      const taken = next.ids.length;
      const before = new Map(queue.current.slice(0, taken).map((each) => [each.id, each.before]));
      try {
        await act(next.action, next.ids);
        failures = 0;
        if (next.action !== "purge")
          confirmed.current(next.ids, (asset) => ({
            ...asset,
            state: stateAfter(next.action, before.get(asset.id) ?? "new") ?? asset.state,
          }));
        setTrouble(null);
      } catch (error) {
        if (!(error instanceof PMDError)) throw error;
        if (error.isRetryable || error.status === 401) {
          setTrouble(error.message);
          await sleep(backoffMs(failures++));
          continue;
        }
        // A batch is all or nothing, so one missing file fails it: from now on each is sent alone.
        if (taken > 1) {
          most = 1;
          continue;
        }
        setReview((now) => next.ids.reduce(refused, now));
        for (const each of [...forgetting.current.keys()]) if (next.ids.includes(each.id)) forget(each);
        toast.error(error.message);
      }
      queue.current = queue.current.slice(taken);
      setWaiting(queue.current.length);
    }
    sending.current = null;
  };

  const send = (judgement: Judgement) => {
    queue.current = [...queue.current, judgement];
    setWaiting(queue.current.length);
    sending.current ??= savingBeforeUnload(drain);
  };
  /** From the list: by then nothing is queued after it. */
  const undoLater = async (judgement: Judgement) => {
    await sending.current;
    const { id, before, action } = oppositeOf(judgement);
    await act(action, [id]);
    confirmed.current([id], (asset) => ({ ...asset, state: before }));
    setReview((now) => refused(now, id));
  };

  const decide = (action: AssetAction) => {
    const id = ids.at(review.at);
    const before = id === undefined ? null : stateOf(id);
    if (id === undefined || before === null) return;
    const judgement = { id, before, action };
    setReview(judge(review, ids, judgement));
    send(judgement);
    const forgetIt = remember(() => undoLater(judgement));
    forgetting.current.set(judgement, forgetIt);
  };
  const undo = () => {
    const back = takeBack(review, ids);
    if (!back) return;
    setReview(back.review);
    forget(review.judged.at(-1));
    send(back.undo);
  };
  const go = (by: number) => setReview((now) => step(now, ids, by));
  const goTo = (at: number) => setReview((now) => step(now, ids, at - now.at));
  return { review, waiting, trouble, decide, undo, go, goTo };
}
