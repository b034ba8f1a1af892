import { useEffect, useState } from "react";

let offset = 0;

/** Sync with the server's clock (HTTP Date header): the local one may be hours off. */
export function noteServerTime(date: string | null): void {
  const server = date ? Date.parse(date) : NaN;
  // The header has whole seconds: correcting less than two would only add jitter.
  if (!Number.isNaN(server)) offset = Math.abs(server - Date.now()) > 2000 ? server - Date.now() : 0;
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** The server's time, updated every `everyMs` milliseconds. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Estimated seconds left at the average pace; null before there is one. */
export function secondsLeft(startedAt: string | null, now: number, done: number, all: number): number | null {
  if (startedAt === null || done <= 0) return null;
  const elapsed = (now - Date.parse(startedAt)) / 1000;
  return elapsed < 1 ? null : (elapsed * (all - done)) / done;
}
