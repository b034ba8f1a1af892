/** Automatic retries with exponential backoff, and immediately once the network or the session is back. */
import { PMDError } from "@pmd/client";

import { onSessionChange, isSessionOver } from "../session";

/** Scheduled retries. */
const waiting = new Set<() => void>();

/** The service is reachable again: run all scheduled retries. */
export function retryNow(): void {
  for (const go of [...waiting]) go();
}

const FIRST_MS = 4000;
const MAX_MS = 60_000;

export interface Retry {
  /** When it runs, milliseconds since 1970; null: after signing in. */
  readonly at: number | null;
  /** Cancels it. */
  readonly stop: () => void;
}

/** Schedule one retry; `failures` counts consecutive failures before it. */
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

/** Asks again after faults that pass, and after signing in again, until there is an answer. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      const mayPass = error instanceof PMDError && (error.isRetryable || isSessionOver());
      if (!mayPass) throw error;
      await new Promise<void>((resolve) => scheduleRetry(failures, resolve));
    }
  }
}
