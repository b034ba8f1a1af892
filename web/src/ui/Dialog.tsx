import "./Dialog.css";

import { t } from "@lingui/core/macro";
import { type LucideIcon, X } from "lucide-react";
import { type ComponentProps, type ReactNode, useId, useLayoutEffect, useRef } from "react";

import { useCloseOnBack } from "../platform/address";
import { focusShown, listBeside, titleAbove } from "../platform/keptFocus";
import { Button, IconButton } from "./Button";
import { FormError } from "./FormError";
import { useFormWrite } from "./useWrite";

interface ModalProps extends ComponentProps<"dialog"> {
  onClose: () => void;
}

/**
 * A modal `<dialog>`: the browser traps the focus, restores it afterwards and cancels on Escape. Initial focus goes to
 * `data-first` (React's autoFocus runs too early), else to the dialog itself if it has a `tabIndex`, else to the first
 * field, else to the first focusable element.
 */
export function Modal({ onClose, ...others }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed while still in the document: only then does the browser restore the focus.
  useLayoutEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    const near = listBeside(opener) ?? titleAbove(opener);
    element?.showModal();
    if (element) initialFocus(element)?.focus();
    return () => {
      element?.close();
      // What was done in it may have removed what it was opened by.
      if (!opener?.isConnected) focusShown(near);
    };
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

/** No field on touch screens: the on-screen keyboard would cover the dialog. */
function initialFocus(dialog: HTMLDialogElement): HTMLElement | null {
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
          <IconButton icon={X} label={t`Close`} onClick={onClose} />
        </div>
        {children}
      </div>
    </Modal>
  );
}

interface FooterProps {
  icon: LucideIcon;
  /** The label of the confirm button. */
  children: ReactNode;
  /** The label of the cancel button. */
  cancel?: string;
  isDangerous?: boolean;
  isDisabled?: boolean;
  /** Without it the button submits the surrounding form. */
  onConfirm?: () => void;
  onClose: () => void;
}

/** Cancel and confirm. */
export function DialogFooter({
  cancel = t`Cancel`,
  isDangerous,
  isDisabled,
  onConfirm,
  onClose,
  ...others
}: FooterProps) {
  return (
    <footer>
      <Button onClick={onClose}>{cancel}</Button>
      <Button
        type={onConfirm ? "button" : "submit"}
        look={isDangerous ? "danger solid" : "primary"}
        disabled={isDisabled}
        onClick={onConfirm}
        {...others}
      />
    </footer>
  );
}

interface AskProps extends Omit<FooterProps, "onConfirm"> {
  /** The label of the submit button, and while submitting. */
  confirm: ReactNode;
  busy?: string;
  onSubmit: () => unknown;
}

/** A form that shows API errors inline and can be submitted again. */
export function SubmitForm({ confirm, busy, isDisabled = false, onSubmit, children, ...footer }: AskProps) {
  const [isBusy, write, error] = useFormWrite();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        write(onSubmit);
      }}
    >
      {children}
      {error && <FormError>{error}</FormError>}
      <DialogFooter isDisabled={isDisabled || isBusy} {...footer}>
        {isBusy ? (busy ?? confirm) : confirm}
      </DialogFooter>
    </form>
  );
}

/** A dialog with a single form. */
export function FormDialog({ title, className, ...asked }: AskProps & Omit<DialogProps, "children">) {
  return (
    <Dialog title={title} className={className ?? ""} onClose={asked.onClose}>
      <SubmitForm {...asked} />
    </Dialog>
  );
}
