/** When a picture is fetched, and when it is no longer: a slow line carries what is looked at, and nothing else. */
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

/** What rushes by is not fetched: only what stays this long. */
const SETTLE_MS = 90;
/** Addresses that have been shown already: they lie in the browser's cache, and come back without waiting. */
const seen = new Set<string>();

export function noteSeen(source: string): void {
  seen.add(source);
}

/** Whether it is time to fetch: at once what was shown before, a moment later what is new. */
export function useSettled(source: string): boolean {
  const [isSettled, setSettled] = useState(() => seen.has(source));
  useEffect(() => {
    if (isSettled) return;
    const timer = setTimeout(() => setSettled(true), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [isSettled]);
  return isSettled;
}

interface Fetched {
  ref: RefObject<HTMLImageElement | null>;
  src: string | undefined;
  onLoad: () => void;
}

/** For an `<img>` that is fetched once it stays, and given up when it leaves the page. */
export function useFetched(source: string): Fetched {
  const ref = useRef<HTMLImageElement>(null);
  const isSettled = useSettled(source);
  useLayoutEffect(() => {
    const element = ref.current;
    // Out of the page a picture would be fetched to its end all the same.
    return () => element?.removeAttribute("src");
  }, []);
  return { ref, src: isSettled ? source : undefined, onLoad: () => noteSeen(source) };
}
