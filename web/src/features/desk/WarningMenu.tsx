import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useLayoutEffect, useRef } from "react";

import { useClickOutside } from "../../platform/useEventListener";
import { WarningChoice, type WarningChoiceProps } from "../../ui/WarningChoice";

const MARGIN = 8;

interface Props extends WarningChoiceProps {
  /** Whose warnings: a draft's name, or how many. */
  title: string;
  /** The element that it stands beside. */
  beside: string;
  onClose: () => void;
}

/** A pop-up at the cell; Escape and a press elsewhere close it. */
export function WarningMenu({ title, beside, onClose, ...choice }: Props) {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const menu = box.current;
    const at = document.getElementById(beside)?.getBoundingClientRect();
    if (!menu) return;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(MARGIN, Math.min(at?.left ?? 0, innerWidth - width - MARGIN))}px`;
    menu.style.top = `${Math.max(MARGIN, Math.min((at?.top ?? 0) + 44, innerHeight - height - MARGIN))}px`;
    menu.querySelector<HTMLElement>("button")?.focus();
  }, [beside]);
  useClickOutside(box, onClose);
  return (
    <section
      ref={box}
      className="menu desk-warnings"
      role="dialog"
      aria-label={t`Warn of: ${title}`}
      data-own-keys
      onKeyDown={(event) => {
        const words = [...event.currentTarget.querySelectorAll<HTMLElement>(".warning-word")];
        const place = words.indexOf(document.activeElement as HTMLElement);
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (event.key === "Escape") onClose();
        else if (step && place >= 0) words.at((place + step) % words.length)?.focus();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget)) onClose();
      }}
    >
      <p className="over">
        <Trans>
          Warn of · <bdi>{title}</bdi>
        </Trans>
      </p>
      <WarningChoice {...choice} />
      <p className="muted">
        <Trans>Your own word is kept for next time. The picture stays covered until someone wants to see it.</Trans>
      </p>
    </section>
  );
}
