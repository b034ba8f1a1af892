/** State of the context menu, opened at the pointer or at the list's cursor. */
import type { ReactNode } from "react";

import { createStore, useStore } from "../platform/store";

interface OpenMenu {
  x: number;
  y: number;
  /** Above the commands; in the library stars and labels. */
  top?: ReactNode;
}

const menu = createStore<OpenMenu | null>(null);

export const openMenu = (at: OpenMenu) => menu.set(at);
export const closeMenu = () => menu.set(null);
export const useMenu = () => useStore(menu);

/** Next to the cursor of the focused list, else next to the focused element. */
export function openMenuAtCursor(): void {
  const focused = document.activeElement;
  const lists = [...document.querySelectorAll("main [aria-activedescendant]")];
  const list = focused?.closest("[aria-activedescendant]") ?? lists.find((each) => each.checkVisibility());
  const id = list?.getAttribute("aria-activedescendant");
  const box = (id ? document.getElementById(id) : focused)?.getBoundingClientRect();
  openMenu({ x: (box?.left ?? 0) + 24, y: Math.min(box?.bottom ?? 0, (box?.top ?? 0) + 60) });
}
