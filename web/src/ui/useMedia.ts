import { useCallback, useSyncExternalStore } from "react";

/** Whether the page is so now: `(min-width: 1800px)`. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** How wide the page is, CSS pixels. */
export function usePageWidth(): number {
  return useSyncExternalStore(subscribeToSize, () => innerWidth);
}

function subscribeToSize(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
}
