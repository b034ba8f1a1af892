import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";

import { useClickOutside } from "../lib/useEventListener";
import { useCommands } from "./commands";

/** From the viewport's edges, CSS pixels. */
const MARGIN = 8;

interface Props {
  label: ReactNode;
  /** The accessible name where the label is an icon. */
  name?: string;
  className?: string;
  /** The edge of the button that the panel aligns with. */
  align?: "start" | "end";
  children: ReactNode;
}

/** A button with a panel that stays within the viewport; Escape, a click outside or tabbing out closes it. */
export function Popover({ label, name, className = "button", align = "end", children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useClickOutside(box, () => setOpen(false));
  return (
    <div
      ref={box}
      className="popover"
      data-align={align}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        close();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={name}
        title={name}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen && (
        <Panel id={panelId} onClose={close}>
          {children}
        </Panel>
      )}
    </div>
  );
}

interface PanelProps {
  id: string;
  onClose: () => void;
  children: ReactNode;
}

function Panel({ id, onClose, children }: PanelProps) {
  const panel = useRef<HTMLDivElement>(null);
  // The focused control may have been removed or disabled; then no key event passes through the panel.
  useCommands([{ name: "close", run: onClose }]);

  // An aligned panel may overflow a narrow viewport. It is shifted back in each frame, because the panel and what is next
  // to the button may change their size at any time.
  useLayoutEffect(() => {
    const shown = panel.current;
    if (!shown) return;
    let frame = 0;
    let shift = 0;
    const follow = () => {
      const { left, right } = shown.getBoundingClientRect();
      const room = document.documentElement.clientWidth - MARGIN;
      const wanted = Math.max(MARGIN - (left - shift), Math.min(0, room - (right - shift)));
      if (wanted !== shift) shown.style.translate = `${wanted}px`;
      shift = wanted;
      frame = requestAnimationFrame(follow);
    };
    follow();
    return () => {
      cancelAnimationFrame(frame);
      shown.style.translate = "";
    };
  }, []);

  return (
    <div ref={panel} id={id} className="popover-panel">
      {children}
    </div>
  );
}
