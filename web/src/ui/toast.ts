/** Toasts, and the log in which they can be read again. */
import { t } from "@lingui/core/macro";

import { createStore, useStore } from "../platform/store";

type Tone = "success" | "info" | "error";

export interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
  readonly action: { label: string; onClick: () => void } | null;
  /** A second button with details. */
  readonly more: Toast["action"];
  /** Milliseconds. */
  readonly duration: number;
  /** When it was shown, milliseconds since 1970. */
  readonly at: number;
}

interface Options {
  duration?: number;
  action?: Toast["action"];
  more?: Toast["action"];
}

const MAX_VISIBLE = 3;
const MAX_LOGGED = 200;
/** The longest text, in characters, that an error quotes to be copied by hand. */
const MAX_QUOTED = 200;
const DURATION_MS = 8000;
/** How long Undo is offered. */
export const UNDO_MS = 20_000;

const toasts = createStore<readonly Toast[]>([]);
const log = createStore<readonly Toast[]>([]);
let lastId = 0;

function show(tone: Tone, text: string, { duration = DURATION_MS, action = null, more = null }: Options = {}): number {
  lastId += 1;
  const toast: Toast = { id: lastId, tone, text, action, more, duration, at: Date.now() };
  toasts.set([...toasts.get().filter((each) => each.text !== text), toast].slice(-MAX_VISIBLE));
  log.set([toast, ...log.get()].slice(0, MAX_LOGGED));
  return toast.id;
}

export const toast = {
  success: (text: string, options?: Options) => show("success", text, options),
  info: (text: string, options?: Options) => show("info", text, options),
  error: (text: string, options?: Options) => show("error", text, options),
  dismiss: (id: number) => toasts.set(toasts.get().filter((each) => each.id !== id)),
};

/** A text was changed elsewhere while it was written here: it stays so unless this is undone by `keep`. */
export const tellStale = (theirs: string, mine: string, keep: () => void) =>
  toast.error(t`This was changed elsewhere meanwhile, to “${theirs || t`empty`}”. Yours: “${mine || t`empty`}”.`, {
    action: { label: t`Keep mine`, onClick: keep },
    duration: UNDO_MS,
  });

/** Copy to the clipboard; where the browser refuses, an error quotes the text to be copied by hand. */
export async function copyText(text: string, message: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.success(message);
  } catch {
    const shown = text.length <= MAX_QUOTED ? `: ${text}` : ".";
    toast.error(t`Could not copy to the clipboard${shown}`);
  }
}

export const useToasts = () => useStore(toasts);
export const useToastLog = () => useStore(log);
