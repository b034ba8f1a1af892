import { type RefObject, useEffect, useEffectEvent } from "react";

/** Listen for events (space-separated names) while mounted. */
export function useEventListener(target: EventTarget, names: string, handle: (event: Event) => void): void {
  const onEvent = useEffectEvent(handle);
  useEffect(() => {
    const ended = new AbortController();
    for (const name of names.split(" ")) {
      target.addEventListener(name, (event) => onEvent(event), { signal: ended.signal });
    }
    return () => ended.abort();
  }, [target, names]);
}

/** A pointer press outside the element. */
export function useClickOutside(box: RefObject<HTMLElement | null>, handle: () => void): void {
  useEventListener(document, "pointerdown", ({ target }) => {
    if (!box.current?.contains(target as Node)) handle();
  });
}

/** Persist state when the page is hidden for good, or on unmount. */
export function useBeforeLeave(write: () => void): void {
  const keep = useEffectEvent(write);
  useEventListener(window, "pagehide", write);
  useEffect(() => () => keep(), []);
}

/** The tab becomes visible again. */
export function useTabVisible(look: () => void): void {
  useEventListener(document, "visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
}
