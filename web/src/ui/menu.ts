/** The menu at the pointer or at the cursor: what can be done there, in the order of the palette and by the same keys. */
import type { ReactNode } from "react";

import { createStore, useStore } from "../lib/store";

interface OpenMenu {
  x: number;
  y: number;
  /** Above its lines; in a library stars and labels. */
  top?: ReactNode;
}

const menu = createStore<OpenMenu | null>(null);

export const openMenu = (at: OpenMenu) => menu.set(at);
export const closeMenu = () => menu.set(null);
export const useMenu = () => useStore(menu);

/** Beside the cursor of the list that has the focus, else beside what has it. */
export function openMenuAtCursor(): void {
  const focused = document.activeElement;
  const lists = [...document.querySelectorAll("main [aria-activedescendant]")];
  const list = focused?.closest("[aria-activedescendant]") ?? lists.find((each) => each.checkVisibility());
  const id = list?.getAttribute("aria-activedescendant");
  const box = (id ? document.getElementById(id) : focused)?.getBoundingClientRect();
  openMenu({ x: (box?.left ?? 0) + 24, y: Math.min(box?.bottom ?? 0, (box?.top ?? 0) + 60) });
}
