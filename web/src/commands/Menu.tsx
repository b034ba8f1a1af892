import "./Menu.css";

import { t } from "@lingui/core/macro";
import { useLayoutEffect, useRef } from "react";

import { useCloseOnBack } from "../platform/address";
import { keycapOf } from "./keymap";
import { useEventListener, useClickOutside } from "../platform/useEventListener";
import { type Command, runCommand, useAllCommands, labelOf } from "./commands";
import { closeMenu, useMenu } from "./menu";
import { useMediaQuery } from "../ui/useMediaQuery";
import { MEDIA } from "../platform/media";

/** From the viewport's edges, CSS pixels. */
const MARGIN = 8;

/** The context menu for the selection or the current item; a bottom sheet on narrow pages. */
export function Menu() {
  const at = useMenu();
  return at && <OfferedMenu key={`${at.x} ${at.y}`} {...at} />;
}

/** Subscribes to the commands only while open. */
function OfferedMenu(at: NonNullable<ReturnType<typeof useMenu>>) {
  const commands = useAllCommands().filter(({ group }) => group === "selection");
  return commands.length > 0 ? <OpenMenu {...at} commands={commands} /> : null;
}

function OpenMenu({ x, y, top, commands }: NonNullable<ReturnType<typeof useMenu>> & { commands: readonly Command[] }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = box.current;
    if (!menu) return;
    const before = document.activeElement;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(MARGIN, Math.min(x, innerWidth - width - MARGIN))}px`;
    menu.style.top = `${Math.max(MARGIN, Math.min(y, innerHeight - height - MARGIN))}px`;
    menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [x, y]);
  useClickOutside(box, closeMenu);
  useCloseOnBack(closeMenu, useMediaQuery(MEDIA.narrow));
  useEventListener(window, "resize", closeMenu);
  return (
    <section
      ref={box}
      className="menu"
      aria-label={t`Menu`}
      onKeyDown={(event) => {
        const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
        const index = items.indexOf(document.activeElement as HTMLElement);
        const steps: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 };
        const step = steps[event.key];
        if (step !== undefined) items.at(step % items.length)?.focus();
        else if (event.key === "Escape" || event.key === "Tab") closeMenu();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {top}
      <div role="menu" aria-label={t`Actions`}>
        {commands.map((command, index) => (
          <button
            key={labelOf(command)}
            type="button"
            data-apart={index > 0 && command.isApart}
            role="menuitem"
            tabIndex={-1}
            className={command.isDangerous ? "menu-item danger" : "menu-item"}
            aria-disabled={Boolean(command.disabledReason)}
            onClick={() => {
              closeMenu();
              runCommand(command);
            }}
          >
            {command.icon && <command.icon aria-hidden />}
            <span className="cut">
              {labelOf(command)}
              {command.disabledReason && <span className="faint"> · {command.disabledReason}</span>}
            </span>
            {command.name && <kbd aria-hidden>{keycapOf(command.name)}</kbd>}
          </button>
        ))}
      </div>
    </section>
  );
}
