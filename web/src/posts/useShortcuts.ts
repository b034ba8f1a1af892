import { type RefObject, useEffect } from "react";

import { onPageKey } from "../ui/keys";

interface Shortcuts {
  filterInput: RefObject<HTMLInputElement | null>;
  onUndo: () => void;
}

/** “/” filters and Ctrl+Z takes back, wherever the focus is on the page. */
export function useShortcuts({ filterInput, onUndo }: Shortcuts): void {
  useEffect(
    () =>
      onPageKey((event) => {
        const isCommand = event.ctrlKey || event.metaKey;
        if (event.key === "z" && isCommand) onUndo();
        else if (event.key === "/" && !isCommand && !event.altKey) filterInput.current?.select();
        else return false;
        return true;
      }),
    [filterInput, onUndo],
  );
}
