import { type RefObject, useEffect, useEffectEvent } from "react";

/** Hear events, several by a space between them, for as long as the component is on the page. */
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

/** The visitor presses outside of an element. */
export function useClickOutside(box: RefObject<HTMLElement | null>, handle: () => void): void {
  useEventListener(document, "pointerdown", ({ target }) => {
    if (!box.current?.contains(target as Node)) handle();
  });
}

/** Write something down when the visitor leaves the page, or what it is about. */
export function useBeforeLeave(write: () => void): void {
  const keep = useEffectEvent(write);
  useEventListener(window, "pagehide", write);
  useEffect(() => () => keep(), []);
}

/** Something may have changed meanwhile: the visitor comes back to this tab. */
export function useTabVisible(look: () => void): void {
  useEventListener(document, "visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
}
