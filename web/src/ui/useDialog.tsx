import { type ReactNode, useState } from "react";

import { LazyDialog } from "./Lazy";

/**
 * What is asked in a dialog, the function that asks it, and the one that closes the dialog. One that was opened since
 * stays: the answer to a request may come late.
 */
export function useAsked<T extends object>() {
  const [asked, ask] = useState<T | null>(null);
  const close = () => ask((now) => (now === asked ? null : now));
  return [asked, ask as (next: T) => void, close] as const;
}

/** A lazily loaded dialog: the function that opens it, and the element to render. */
export function useDialog(draw: (onClose: () => void) => ReactNode): [open: () => void, dialog: ReactNode] {
  const [asked, ask, close] = useAsked();
  return [() => ask({}), asked && <LazyDialog onClose={close}>{draw(close)}</LazyDialog>];
}
