import { useEffect, useState } from "react";

/** Shorter waits show no indicator. */
const LATE_MS = 150;

/** Whether `isWaiting` has been true for `ms` milliseconds. */
export function useDelayed(isWaiting: boolean, ms = LATE_MS): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(() => setLate(true), ms);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [isWaiting, ms]);
  return isLate;
}

/** The value once it has not changed for `ms` milliseconds. */
export function useDebounced<T>(value: T, ms: number): T {
  const [stayed, setStayed] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStayed(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return stayed;
}
