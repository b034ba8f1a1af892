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
export const openPalette = () => isOpen.set(true);
export const closePalette = () => isOpen.set(false);
/** Also before it is drawn: what is typed meanwhile is meant for it. */
export const isPaletteOpen = () => isOpen.get();
export const usePalette = () => useStore(isOpen);
