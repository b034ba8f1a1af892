import { createStore, useStore } from "../lib/store";

const message = createStore("");
let timer: ReturnType<typeof setTimeout> | undefined;

/** Say something to screen readers, once the visitor has stopped doing what makes it change. */
export function announce(text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => message.set(text), 400);
}

export const useAnnouncement = () => useStore(message);
