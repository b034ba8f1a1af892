import { useEffect, useState } from "react";

/** Time slice where `requestIdleCallback` is missing (WebKit). */
const SLICE_MS = 5;
/** On a page that is never idle the work proceeds at this interval. */
const MAX_WAIT_MS = 1000;
/** Stop this early, so that the next task does not wait. */
const RESERVE_MS = 1;

/** Run steps while idle until one returns false; returns a function that cancels. */
export function whenIdle(step: () => boolean): () => void {
  let stopped = false;
  const slice = (remaining: () => number) => {
    while (!stopped) {
      if (!step()) return;
      if (remaining() <= RESERVE_MS) {
        later();
        return;
      }
    }
  };
  const later = () => {
    if ("requestIdleCallback" in window) {
      requestIdleCallback((deadline) => slice(() => deadline.timeRemaining()), { timeout: MAX_WAIT_MS });
    } else {
      setTimeout(() => {
        const end = performance.now() + SLICE_MS;
        slice(() => end - performance.now());
      }, 0);
    }
  };
  later();
  return () => {
    stopped = true;
  };
}

/** Whether the browser has been idle since the component was mounted. */
export function useIdle(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(
    () =>
      whenIdle(() => {
        setIdle(true);
        return false;
      }),
    [],
  );
  return isIdle;
}
