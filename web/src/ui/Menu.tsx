import { useLayoutEffect, useRef } from "react";

import { shownKey } from "../lib/keymap";
import { useListener, usePressOutside } from "../lib/useListener";
import { type Act, runAct, useOfferedActs, wordsOf } from "./acts";
import { closeMenu, useMenu } from "./menu";

/** Between a menu and the screen's edges, CSS pixels. */
const MARGIN = 8;

/** What can be done with what is selected or under the cursor; where the page is narrow, a sheet from below. */
export function Menu() {
  const at = useMenu();
  return at && <OfferedMenu key={`${at.x} ${at.y}`} {...at} />;
}

/** Hears of what is offered only while it is open. */
function OfferedMenu(at: NonNullable<ReturnType<typeof useMenu>>) {
  const acts = useOfferedActs().filter(({ place }) => place === "selection");
  return acts.length > 0 ? <OpenMenu {...at} acts={acts} /> : null;
}

function OpenMenu({ x, y, top, acts }: NonNullable<ReturnType<typeof useMenu>> & { acts: readonly Act[] }) {
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
  usePressOutside(box, closeMenu);
  useListener(window, "resize", closeMenu);
  return (
    <section
      ref={box}
      className="menu"
      aria-label="Menu"
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
      <div role="menu" aria-label="Actions">
        {acts.map((act) => (
          <button
            key={wordsOf(act)}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={act.isDangerous ? "menu-item danger" : "menu-item"}
            aria-disabled={Boolean(act.why)}
            onClick={() => {
              closeMenu();
              runAct(act);
            }}
          >
            {act.icon && <act.icon aria-hidden />}
            <span className="cut">
              {wordsOf(act)}
              {act.why && <span className="faint"> · {act.why}</span>}
            </span>
            {act.name && <kbd aria-hidden>{shownKey(act.name)}</kbd>}
          </button>
        ))}
      </div>
    </section>
  );
}
