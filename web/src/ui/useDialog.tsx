import { type ReactNode, useState } from "react";

import { FetchedDialog } from "./Fetched";

/** A dialog of its own, fetched where it must be when it is opened: what opens it, and where it stands. */
export function useDialog(draw: (onClose: () => void) => ReactNode): [open: () => void, dialog: ReactNode] {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return [() => setOpen(true), isOpen && <FetchedDialog onClose={close}>{draw(close)}</FetchedDialog>];
}
