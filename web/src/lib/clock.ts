import { useEffect, useState } from "react";

let offset = 0;

/** Set our clock by the service's (the HTTP Date header): a visitor's own may be hours out. */
export function noteServerTime(date: string | null): void {
  const server = date ? Date.parse(date) : NaN;
  // The header has whole seconds; correcting less than two would only add jitter.
  if (!Number.isNaN(server)) offset = Math.abs(server - Date.now()) > 2000 ? server - Date.now() : 0;
}

/** Milliseconds since 1970 by the service's clock. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** The service's time, renewed every `everyMs` milliseconds. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Seconds until all is done, by the pace so far; null before there is a pace to speak of. */
export function secondsLeft(startedAt: string | null, now: number, done: number, all: number): number | null {
  if (startedAt === null || done <= 0) return null;
  const elapsed = (now - Date.parse(startedAt)) / 1000;
  return elapsed < 1 ? null : (elapsed * (all - done)) / done;
}
