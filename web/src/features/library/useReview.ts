import { useEffect, useRef, useState } from "react";

import { PMDError } from "@pmd/client";
import { MAX_IDS } from "../../platform/lists";
import type { Order } from "../../platform/selection";
import { sleep } from "../../platform/sleep";
import { backoffMs } from "../../data/live/stream";
import { toast } from "../../ui/toast";
import { act } from "./api";
import { judge, type Judgement, nextOutgoing, refused, type Review, startReview, step, takeBack } from "./review";
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
}

/**
 * Reviewing with keys: each judgement is queued and sent immediately, in order, and counts as saved once the service has
 * confirmed it. Temporary errors are retried; rejected judgements are rolled back with a notice.
 */
export function useReview({ ids, first, stateOf, onConfirmed }: Options) {
  const [review, setReview] = useState<Review>(() => startReview(ids, first));
  const [waiting, setWaiting] = useState(0);
  const [trouble, setTrouble] = useState<string | null>(null);
  const queue = useRef<Judgement[]>([]);
  const isSending = useRef(false);
  const confirmed = useRef(onConfirmed);
  useEffect(() => {
    confirmed.current = onConfirmed;
  }, [onConfirmed]);

  const drain = async () => {
    if (isSending.current) return;
    isSending.current = true;
    let failures = 0;
    let most = MAX_IDS;
    for (;;) {
      const next = nextOutgoing(queue.current, most);
      if (!next) break;
      const taken = next.ids.length;
      try {
        await act(next.action, next.ids);
        failures = 0;
        const state = stateAfter(next.action, "new");
        if (state) confirmed.current(next.ids, (asset) => ({ ...asset, state }));
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
        toast.error(error.message);
      }
      queue.current = queue.current.slice(taken);
      setWaiting(queue.current.length);
    }
    isSending.current = false;
  };

  const send = (judgement: Judgement) => {
    queue.current = [...queue.current, judgement];
    setWaiting(queue.current.length);
    void savingBeforeUnload(drain);
  };

  const decide = (action: AssetAction) => {
    const id = ids.at(review.at);
    const before = id === undefined ? null : stateOf(id);
    if (id === undefined || before === null) return;
    setReview(judge(review, ids, before, action));
    send({ id, before, action });
  };
  const undo = () => {
    const back = takeBack(review, ids);
    if (!back) return;
    setReview(back.review);
    const wasTrashed = review.judged.at(-1)?.action === "trash";
    send(wasTrashed ? { ...back.undo, action: "restore" } : back.undo);
  };
  const go = (by: number) => setReview((now) => step(now, ids, by));
  const goTo = (at: number) => setReview((now) => step(now, ids, at - now.at));
  return { review, waiting, trouble, decide, undo, go, goTo };
}
