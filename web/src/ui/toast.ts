/** Short notices over the list, which they never move; what they said can be read again in the log. */
import { createStore, useStore } from "../lib/store";

type Tone = "success" | "info" | "error";

export interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
  readonly action: { label: string; onClick: () => void } | null;
  /** Besides: where more of it is said. */
  readonly more: Toast["action"];
  /** Milliseconds. */
  readonly duration: number;
  /** When it was said, milliseconds since 1970. */
  readonly at: number;
}

interface Options {
  duration?: number;
  action?: Toast["action"];
  more?: Toast["action"];
}

/** The most that stand at once: the newest. */
const MOST = 3;
/** The most that the log keeps. */
const MOST_LOGGED = 200;
/** The longest text, in characters, that a notice shows for somebody to copy. */
const MOST_SHOWN = 200;
const DURATION_MS = 8000;
/** As long as something can be taken back by a click. */
export const UNDO_MS = 20_000;

const toasts = createStore<readonly Toast[]>([]);
const log = createStore<readonly Toast[]>([]);
let lastId = 0;

function show(tone: Tone, text: string, { duration = DURATION_MS, action = null, more = null }: Options = {}): number {
  lastId += 1;
  const toast: Toast = { id: lastId, tone, text, action, more, duration, at: Date.now() };
  toasts.set([...toasts.get().filter((each) => each.text !== text), toast].slice(-MOST));
  log.set([toast, ...log.get()].slice(0, MOST_LOGGED));
  return toast.id;
}

export const toast = {
  success: (text: string, options?: Options) => show("success", text, options),
  info: (text: string, options?: Options) => show("info", text, options),
  error: (text: string, options?: Options) => show("error", text, options),
  dismiss: (id: number) => toasts.set(toasts.get().filter((each) => each.id !== id)),
};

/** Into the clipboard; where the browser does not let us, it says so, with a text short enough to be copied by hand. */
export async function copyText(text: string, told: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.success(told);
  } catch {
    const shown = text.length <= MOST_SHOWN ? `: ${text}` : ".";
    toast.error(`Could not copy to the clipboard${shown}`);
  }
}

export const useToasts = () => useStore(toasts);
export const useToastLog = () => useStore(log);
