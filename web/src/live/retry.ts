/** What failed and may pass is tried again by itself: after a pause, and at once when the network or the session is back. */
import { onSessionChange, isSessionOver } from "../api/session";

/** What waits for its next try. */
const waiting = new Set<() => void>();

/** The service has been heard of again: nothing waits for its pause any more. */
export function retryNow(): void {
  for (const go of [...waiting]) go();
}

const FIRST_MS = 4000;
const MAX_MS = 60_000;

export interface Retry {
  /** When it is tried again, milliseconds since 1970; null: when the visitor has signed in. */
  readonly at: number | null;
  /** Not any more. */
  readonly stop: () => void;
}

/** Have something tried again, once; `failures` have been before, without a success between them. */
export function scheduleRetry(failures: number, run: () => void): Retry {
  const wait = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  const isSignedOut = isSessionOver();
  const ended = new AbortController();
  const go = () => {
    if (isSessionOver()) return;
    stop();
    run();
  };
  const timer = isSignedOut ? undefined : setTimeout(go, wait);
  const forget = onSessionChange(go);
  waiting.add(go);
  window.addEventListener("online", go, { signal: ended.signal });
  const stop = () => {
    clearTimeout(timer);
    forget();
    waiting.delete(go);
    ended.abort();
  };
  return { at: isSignedOut ? null : Date.now() + wait, stop };
}
