import { useEffect, useState } from "react";

/** Nothing is said of a wait shorter than this. */
const LATE_MS = 150;

/** Whether something has lasted long enough to be told of. */
export function useLate(isWaiting: boolean): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [isWaiting]);
  return isLate;
}
