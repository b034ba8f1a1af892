import { useEffect, useState } from "react";

/** Nothing is said of a wait shorter than this. */
const LATE_MS = 150;

/** Whether something has lasted long enough, in milliseconds, to be told of. */
export function useLate(isWaiting: boolean, ms = LATE_MS): boolean {
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

/** A value once it has stayed for a moment: what is passed by on the way is not asked about. */
export function useStayed<T>(value: T, ms: number): T {
  const [stayed, setStayed] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStayed(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return stayed;
}
