/** Whether the command palette is open, and the interface of its search providers. */
import { createStore, useStore } from "../platform/store";

interface Found {
  id: string;
  words: string;
  /** Secondary text: a date, a size. */
  note?: string;
  /** The URL of a thumbnail. */
  picture?: string;
  open: () => void;
}

export interface Finder {
  /** The heading of its results: "Files". */
  title: string;
  find: (text: string, signal: AbortSignal) => Promise<readonly Found[]>;
}

const isOpen = createStore(false);
let typed = "";
export function openPalette(): void {
  typed = "";
  isOpen.set(true);
}
export const closePalette = () => isOpen.set(false);
export const isPaletteOpen = () => isOpen.get();
/** A character typed before the palette has rendered belongs in its input. */
export function typeAhead(letter: string): void {
  typed += letter;
}
export const typedAhead = () => typed;
export const usePalette = () => useStore(isOpen);
