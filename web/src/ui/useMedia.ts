import { useCallback, useSyncExternalStore } from "react";

const known = new Map<string, MediaQueryList>();

/** Asked anew it is parsed anew, several times a drawing. */
function mediaOf(query: string): MediaQueryList {
  const media = known.get(query) ?? matchMedia(query);
  known.set(query, media);
  return media;
}

/** Whether the page is so now: `(min-width: 1800px)`. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = mediaOf(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => mediaOf(query).matches);
}

/** How wide the page is, CSS pixels. */
export function usePageWidth(): number {
  return useSyncExternalStore(subscribeToSize, () => innerWidth);
}

function subscribeToSize(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
}
