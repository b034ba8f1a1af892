import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";

import { usePressOutside } from "../lib/useListener";
import { useActs } from "./acts";

/** Between a panel and the screen's edges, CSS pixels. */
const MARGIN = 8;

interface Props {
  label: ReactNode;
  /** What the button says where the label is an icon. */
  name?: string;
  className?: string;
  /** Which edge of the button its panel keeps to. */
  align?: "start" | "end";
  children: ReactNode;
}

/** A button with a panel, all of it on the screen, that Escape, a click elsewhere or leaving it by Tab closes. */
export function Popover({ label, name, className = "button", align = "end", children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  usePressOutside(box, () => setOpen(false));
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
  // What had the focus may be gone, or off, once it was pressed: then no key comes through the panel.
  useActs([{ name: "close", run: onClose }]);

  // On a narrow screen a panel that keeps to its button's edge may leave the screen. It is drawn back onto it, in each
  // frame: what stands beside the button, or the panel itself, may come or get another size at any time.
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
    return () => cancelAnimationFrame(frame);
  }, []);

  return (
    <div ref={panel} id={id} className="popover-panel">
      {children}
    </div>
  );
}
