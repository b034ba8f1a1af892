/** Files dragged over the page: one global drop target. */
import { useEffect, useEffectEvent } from "react";

import { createStore, useStore } from "../platform/store";

interface DropTarget {
  label: string;
  onDrop: (files: DataTransfer) => void;
}

let target: DropTarget | null = null;
const isOver = createStore(false);
/** `dragenter` on a child fires before `dragleave` on its parent: only at depth 0 has the drag left the page. */
let depth = 0;

function setOver(value: boolean): void {
  if (!value) depth = 0;
  isOver.set(value);
}

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Prevents the browser from opening a file that is dropped outside a target. */
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
    if (event.dataTransfer) event.dataTransfer.dropEffect = target ? "copy" : "none";
  });
  window.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer) target?.onDrop(event.dataTransfer);
  });
}

/** Receive all files dropped anywhere on the page; `label` is shown while they are dragged. */
export function useGlobalDrop(label: string, take: (files: DataTransfer) => void): void {
  const onDrop = useEffectEvent(take);
  useEffect(() => {
    const mine: DropTarget = { label, onDrop: (files) => onDrop(files) };
    target = mine;
    return () => {
      if (target === mine) target = null;
    };
  }, [label]);
}

/** The label while files are dragged over the page; null without files or without a drop target. */
export function useDropLabel(): string | null {
  return useStore(isOver) ? (target?.label ?? null) : null;
}
