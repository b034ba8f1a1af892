import { useCallback, useSyncExternalStore } from "react";

import { textScale } from "../platform/textSize";

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

/** Whether a media query matches: one of `MEDIA`, or of a device. */
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

/** As many CSS pixels as it has at the usual text size. */
export function useWindowWidth(): number {
  return useSyncExternalStore(subscribeToSize, () => innerWidth / textScale);
}

function subscribeToSize(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
}
