/** When a picture is fetched, and when it is no longer: a slow line carries what is looked at, and nothing else. */
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

/** What rushes by is not fetched, nor what the next letter of a word takes away: only what stays this long. */
const SETTLE_MS = 150;
/** Addresses that have been shown already: they lie in the browser's cache, and come back without waiting. */
const seen = new Set<string>();

export function noteSeen(source: string): void {
  seen.add(source);
}

/** What waits, and since when. What came together settles together: one drawing for a screen of pictures. */
const waiting = new Map<() => void, number>();
let timer: ReturnType<typeof setTimeout> | undefined;

function settle(): void {
  const now = performance.now();
  timer = undefined;
  for (const [tell, since] of waiting) {
    const left = since + SETTLE_MS - now;
    if (left > 1) {
      timer = setTimeout(settle, left);
      return;
    }
    waiting.delete(tell);
    tell();
  }
}

function whenSettled(tell: () => void): () => void {
  waiting.set(tell, performance.now());
  timer ??= setTimeout(settle, SETTLE_MS);
  return () => waiting.delete(tell);
}

/** Whether it is time to fetch: at once what was shown before, a moment later what is new. */
export function useSettled(source: string): boolean {
  const [settled, setSettled] = useState<string | null>(null);
  const isSettled = settled === source || seen.has(source);
  useEffect(() => {
    if (!isSettled) return whenSettled(() => setSettled(source));
  }, [source, isSettled]);
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
