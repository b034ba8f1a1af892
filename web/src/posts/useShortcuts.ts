import { type RefObject, useEffect } from "react";

interface Shortcuts {
  filterInput: RefObject<HTMLInputElement | null>;
  onHelp: () => void;
  onUndo: () => void;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
}

/** Keys that work anywhere on the page, unless somebody is typing or a dialog is open. */
export function useShortcuts({ filterInput, onHelp, onUndo }: Shortcuts): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) onUndo();
      else if (event.ctrlKey || event.metaKey || event.altKey) return;
      else if (event.key === "/") filterInput.current?.select();
      else if (event.key === "?") onHelp();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
    };
  }, [filterInput, onHelp, onUndo]);
}
