import { useCallback, useSyncExternalStore } from "react";

interface Known {
  media: MediaQueryList;
  matches: boolean;
}

const known = new Map<string, Known>();

/** Asked anew it is parsed anew, several times a drawing; and what it matches, asked for, is worked out with all styles. */
function mediaOf(query: string): Known {
  let found = known.get(query);
  if (found === undefined) {
    const media = matchMedia(query);
    const made = { media, matches: media.matches };
    media.addEventListener("change", ({ matches }) => (made.matches = matches));
    known.set(query, (found = made));
  }
  return found;
}

/** Whether the page is so now: `(min-width: 1800px)`. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const { media } = mediaOf(query);
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
