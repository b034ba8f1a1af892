/** The cursor of a short list: the focus moves from row to row, and keys press the buttons of the row that has it. */
import { useRef } from "react";

import type { Command } from "../commands";

export function useFocusedRows() {
  const list = useRef<HTMLUListElement>(null);
  const rows = () => [...(list.current?.children ?? [])].filter((row) => row instanceof HTMLElement);
  const at = () => rows().findIndex((row) => row.contains(document.activeElement));
  /** Presses what the row with the focus has of these; false if there is none. */
  const press = (selector: string) => {
    const button = rows()[at()]?.querySelector<HTMLElement>(selector);
    button?.click();
    return button !== undefined && button !== null;
  };
  const commands: Command[] = [
    {
      name: "move",
      run: (key) => {
        const [step, index, all] = [steps[key], at(), rows()];
        if (step === undefined) return false;
        const next = all[index < 0 ? 0 : Math.min(all.length - 1, Math.max(0, index + step))];
        next?.focus();
        next?.scrollIntoView({ block: "nearest" });
        return next !== undefined;
      },
    },
    { name: "remove", run: () => press("[data-remove]") },
  ];
  return [list, commands, press] as const;
}

const steps: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
