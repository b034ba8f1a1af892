import "./Popover.css";

import { Trans } from "@lingui/react/macro";
import { type ReactNode, useId, useRef, useState } from "react";

import { Boundary } from "./Boundary";
import { FormError } from "./FormError";

interface Props {
  label: ReactNode;
  /** The accessible name where the label is an icon. */
  name?: string;
  className?: string;
  /** The edge of the button that the panel aligns with. */
  align?: "start" | "end";
  children: ReactNode;
}

/** A button with a panel, placed by the sheet; Escape, a press outside or tabbing out closes it. */
export function Popover({ label, name, className = "button", align = "end", children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  return (
    <div
      className="popover"
      data-align={align}
      onBlur={({ currentTarget: box, relatedTarget: next }) => {
        if (isOpen && next && !box.contains(next)) document.getElementById(id)?.hidePopover();
      }}
    >
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={name}
        title={name}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        popoverTarget={id}
      >
        {label}
      </button>
      <div
        id={id}
        popover="auto"
        className="popover-panel"
        onBeforeToggle={({ newState }) => {
          if (newState === "open") setOpen(true);
        }}
        onToggle={({ newState }) => {
          if (newState === "open") return;
          setOpen(false);
          // The browser returns the focus, except from a control that was removed.
          if (document.activeElement === document.body) button.current?.focus();
        }}
      >
        {isOpen && (
          <Boundary
            fallback={() => (
              <FormError>
                <Trans>This cannot be shown.</Trans>
              </FormError>
            )}
          >
            {children}
          </Boundary>
        )}
      </div>
    </div>
  );
}
