/** Work for moments in which nothing else is to be done. */

/** How long a slice may take where the browser does not say when it is idle (WebKit). */
const SLICE_MS = 5;
/** A page that is never idle gets its work done all the same, step by step. */
const MAX_WAIT_MS = 1000;
/** An idle moment's end is kept free: what comes next must not wait. */
const RESERVE_MS = 1;

/** Take steps until there is none left (a step says whether it was one); gives what stops it. */
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
