import { createStore, useStore } from "../platform/store";

const message = createStore("");
let timer: ReturnType<typeof setTimeout> | undefined;

/** Announce to screen readers, debounced. */
export function announce(text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => message.set(text), 400);
}

export const useAnnouncement = () => useStore(message);
