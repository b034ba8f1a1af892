/** Whether the palette is open, and who finds things for it. */
import { createStore, useStore } from "../lib/store";

export interface Found {
  id: string;
  words: string;
  /** Behind the words: a date, a size. */
  note?: string;
  /** The address of a small picture. */
  picture?: string;
  open: () => void;
}

export interface Finder {
  /** What it finds: "Files". */
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
/** A letter that comes before it is drawn: it is meant for its field. */
export function typeAhead(letter: string): void {
  typed += letter;
}
export const typedAhead = () => typed;
export const usePalette = () => useStore(isOpen);
