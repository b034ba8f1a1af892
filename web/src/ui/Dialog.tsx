import { type LucideIcon, X } from "lucide-react";
import { type ComponentProps, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";

import { useCloseOnBack } from "../lib/address";
import { Button, IconButton } from "./Button";
import { Refusal } from "./Refusal";
import { useAsking } from "./useAsking";

interface ModalProps extends ComponentProps<"dialog"> {
  onClose: () => void;
}

/**
 * What stands before everything else: the browser keeps the focus inside, gives it back afterwards, and closes it at
 * Escape. What is marked with `data-first` has the focus at first (React's own autoFocus comes too early), else the
 * dialog itself where it has a `tabIndex`, else what is asked first, else the first that can have it.
 */
export function Modal({ onClose, ...others }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed while it is still in the page: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    if (element) firstOf(element)?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      {...others}
    />
  );
}

/** A field on a phone would bring up its keyboard, and that lies over the rest of the dialog. */
function firstOf(dialog: HTMLDialogElement): HTMLElement | null {
  const marked = dialog.querySelector<HTMLElement>("[data-first]");
  if (marked) return marked;
  if (dialog.matches("[tabindex]")) return dialog;
  return matchMedia("(hover)").matches ? dialog.querySelector("form :is(input, select, textarea):enabled") : null;
}

interface DialogProps {
  title: string;
  className?: string;
  children: ReactNode;
  onClose: () => void;
}

export function Dialog({ title, className = "", children, onClose }: DialogProps) {
  const titleId = useId();
  useCloseOnBack(onClose);
  return (
    <Modal
      className={`dialog ${className}`}
      aria-labelledby={titleId}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
      onClose={onClose}
    >
      <div className="dialog-box">
        <div className="dialog-head beside">
          <h2 id={titleId}>{title}</h2>
          <IconButton icon={X} label="Close" onClick={onClose} />
        </div>
        {children}
      </div>
    </Modal>
  );
}

interface FooterProps {
  icon: LucideIcon;
  /** What the button says that does it. */
  children: ReactNode;
  /** What the button says that does nothing. */
  cancel?: string;
  isDangerous?: boolean;
  isDisabled?: boolean;
  /** Without it the button sends the form that it stands in. */
  onConfirm?: () => void;
  onClose: () => void;
}

/** How a dialog ends: leave it be, or do what it asks about. */
export function DialogFooter({ cancel = "Cancel", isDangerous, isDisabled, onConfirm, onClose, ...told }: FooterProps) {
  return (
    <footer>
      <Button onClick={onClose}>{cancel}</Button>
      <Button
        type={onConfirm ? "button" : "submit"}
        look={isDangerous ? "danger solid" : "primary"}
        disabled={isDisabled}
        onClick={onConfirm}
        {...told}
      />
    </footer>
  );
}

interface AskProps extends Omit<FooterProps, "onConfirm"> {
  /** What the button says that sends it, and what it says meanwhile. */
  confirm: ReactNode;
  busy?: string;
  onSubmit: () => unknown;
}

/** What a dialog asks. What the service refuses of it is said here, and it can be sent again. */
export function AskForm({ confirm, busy, isDisabled = false, onSubmit, children, ...footer }: AskProps) {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, ask] = useAsking(undefined, setError);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setError(null);
        void ask(onSubmit);
      }}
    >
      {children}
      {error && <Refusal>{error}</Refusal>}
      <DialogFooter isDisabled={isDisabled || isBusy} {...footer}>
        {isBusy ? (busy ?? confirm) : confirm}
      </DialogFooter>
    </form>
  );
}

/** A dialog that is nothing but a question. */
export function FormDialog({ title, className, ...asked }: AskProps & Omit<DialogProps, "children">) {
  return (
    <Dialog title={title} className={className ?? ""} onClose={asked.onClose}>
      <AskForm {...asked} />
    </Dialog>
  );
}
