import { useSyncExternalStore } from "react";

let message = "";
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** Say something to screen readers, once the visitor has stopped doing what makes it change. */
export function announce(text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    message = text;
    for (const listener of listeners) listener();
  }, 400);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAnnouncement(): string {
  return useSyncExternalStore(subscribe, () => message);
}
