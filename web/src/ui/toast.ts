/** Short notices, in a place of their own at the foot of the page: they never lie over anything that can be pressed. */
import { createStore, useStore } from "../lib/store";

export type Tone = "success" | "info" | "error";

export interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
  readonly action: { label: string; onClick: () => void } | null;
  /** Milliseconds; what failed stays until it is closed. */
  readonly duration: number;
}

interface Options {
  duration?: number;
  action?: Toast["action"];
}

/** The most that stand at once: the newest. */
const MOST = 3;
const DURATION_MS = 6000;

const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

function show(tone: Tone, text: string, { duration, action = null }: Options = {}): number {
  lastId += 1;
  const usual = tone === "error" ? Infinity : DURATION_MS;
  const toast: Toast = { id: lastId, tone, text, action, duration: duration ?? usual };
  toasts.set([...toasts.get().filter((each) => each.text !== text), toast].slice(-MOST));
  return toast.id;
}

export const toast = {
  success: (text: string, options?: Options) => show("success", text, options),
  info: (text: string, options?: Options) => show("info", text, options),
  error: (text: string, options?: Options) => show("error", text, options),
  dismiss: (id: number) => toasts.set(toasts.get().filter((each) => each.id !== id)),
};

export const useToasts = () => useStore(toasts);
