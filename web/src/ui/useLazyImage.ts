/** Lazy images: a slow connection is spent on what is in view, and requests for what has left are aborted. */
import { type RefObject, useEffect, useRef, useState } from "react";

/** Debounce: what is scrolled past, or filtered away by the next keystroke, is not fetched. */
const SETTLE_MS = 150;
/** URLs that have loaded before: they are in the browser's cache and need no debounce. */
const seen = new Set<string>();

export function noteLoaded(source: string): void {
  seen.add(source);
}

/** Pending images and when they appeared. Those that appeared together settle together: one render for a screen of images. */
const waiting = new Map<() => void, number>();
let timer: ReturnType<typeof setTimeout> | undefined;

function settle(): void {
  const now = performance.now();
  timer = undefined;
  for (const [settled, since] of waiting) {
    const left = since + SETTLE_MS - now;
    if (left > 1) {
      timer = setTimeout(settle, left);
      return;
    }
    waiting.delete(settled);
    settled();
  }
}

function onSettled(listener: () => void): () => void {
  waiting.set(listener, performance.now());
  timer ??= setTimeout(settle, SETTLE_MS);
  return () => waiting.delete(listener);
}

/** Whether to fetch now: cached images immediately, others after the debounce. */
export function useSettled(source: string): boolean {
  const [settled, setSettled] = useState<string | null>(null);
  const isSettled = settled === source || seen.has(source);
  useEffect(() => {
    if (!isSettled) return onSettled(() => setSettled(source));
  }, [source, isSettled]);
  // What a page has not loaded before it is hidden is aborted, and fetched once the page is shown again.
  useEffect(() => () => setSettled(null), []);
  return isSettled;
}

/**
 * An image that has left the document would otherwise be fetched to its end. The image of a page that is only hidden must
 * keep its attributes: React sets them again only when they change. By an empty address: where the attribute of such an
 * image is removed, Chromium keeps it, with all that was around it, as long as the document.
 */
export function abortFetch(image: HTMLImageElement): void {
  if (!image.isConnected && !image.complete) image.src = "";
}

interface Fetched {
  ref: RefObject<HTMLImageElement | null>;
  src: string | undefined;
  onLoad: () => void;
}

/** Props for an `<img>` whose request is debounced, and aborted when it unmounts. */
export function useLazyImage(source: string): Fetched {
  const ref = useRef<HTMLImageElement>(null);
  const isSettled = useSettled(source);
  useEffect(() => {
    const element = ref.current;
    if (element) return () => abortFetch(element);
  }, []);
  return { ref, src: isSettled ? source : undefined, onLoad: () => noteLoaded(source) };
}
