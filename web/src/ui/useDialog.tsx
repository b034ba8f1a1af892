import { type ReactNode, useState } from "react";

import { LazyDialog } from "./Lazy";

/** A lazily loaded dialog: the function that opens it, and the element to render. */
export function useDialog(draw: (onClose: () => void) => ReactNode): [open: () => void, dialog: ReactNode] {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return [() => setOpen(true), isOpen && <LazyDialog onClose={close}>{draw(close)}</LazyDialog>];
}
