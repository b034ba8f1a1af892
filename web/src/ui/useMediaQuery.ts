import { useCallback, useSyncExternalStore } from "react";

interface Cached {
  media: MediaQueryList;
  matches: boolean;
}

const known = new Map<string, Cached>();

/** Cached: `matchMedia` parses its query each time, and reading `matches` forces a style recalculation. */
function cached(query: string): Cached {
  let found = known.get(query);
  if (found === undefined) {
    const media = matchMedia(query);
    const made = { media, matches: media.matches };
    media.addEventListener("change", ({ matches }) => (made.matches = matches));
    known.set(query, (found = made));
  }
  return found;
}

/** Whether a media query matches: `(min-width: 1800px)`. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const { media } = cached(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => cached(query).matches);
}

/** CSS pixels. */
export function useWindowWidth(): number {
  return useSyncExternalStore(subscribeToSize, () => innerWidth);
}

function subscribeToSize(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
}
