/** Files that are dragged over the page, wherever it is: one who takes them, and nobody else. */
import { useEffect, useEffectEvent } from "react";

import { createStore, useStore } from "../lib/store";

interface Taker {
  label: string;
  take: (files: DataTransfer) => void;
}

let taker: Taker | null = null;
const isOver = createStore(false);
/** Entering a child comes before leaving its parent: only when all are left is the page left. */
let depth = 0;

function setOver(value: boolean): void {
  if (!value) depth = 0;
  isOver.set(value);
}

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Without this a file that is dropped beside its target would be opened in place of the page. */
export function watchDrops(): void {
  window.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    depth += 1;
    setOver(true);
  });
  window.addEventListener("dragleave", (event) => {
    if (!holdsFiles(event)) return;
    depth -= 1;
    if (depth <= 0) setOver(false);
  });
  window.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = taker ? "copy" : "none";
  });
  window.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer) taker?.take(event.dataTransfer);
  });
}

/** Take all files that are dropped anywhere on the page; `label` is what the page says meanwhile. */
export function useGlobalDrop(label: string, take: (files: DataTransfer) => void): void {
  const onDrop = useEffectEvent(take);
  useEffect(() => {
    const mine: Taker = { label, take: (files) => onDrop(files) };
    taker = mine;
    return () => {
      if (taker === mine) taker = null;
    };
  }, [label]);
}

/** What the page says while files are over it; null while there are none, or nobody takes them. */
export function useDropLabel(): string | null {
  return useStore(isOver) ? (taker?.label ?? null) : null;
}
