import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface Props {
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
export function DialogFooter(props: Props) {
  const {
    icon: Icon,
    children,
    cancel = "Cancel",
    isDangerous = false,
    isDisabled = false,
    onConfirm,
    onClose,
  } = props;
  return (
    <footer>
      <button type="button" className="button" onClick={onClose}>
        {cancel}
      </button>
      <button
        type={onConfirm ? "button" : "submit"}
        className={isDangerous ? "button danger solid" : "button primary"}
        disabled={isDisabled}
        onClick={onConfirm}
      >
        <Icon aria-hidden /> {children}
      </button>
    </footer>
  );
}
