import "./SearchBox.css";

import { t } from "@lingui/core/macro";
import { Search, X } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

interface Props<Name extends string> extends Omit<ComponentProps<"input">, "onChange"> {
  /** Active filters, before the text. A click removes one, Backspace at the start the last. */
  tokens?: readonly { name: Name; words: string; mark?: ReactNode }[];
  onTake?: (name: Name) => void;
  /** What the text could become, offered below it; `list` is their id. */
  suggestions?: readonly string[];
  onChange: (text: string) => void;
}

/** ArrowDown and Escape move the focus to the list. */
function leaveToList(): void {
  document.querySelector<HTMLElement>("main :is([aria-multiselectable], .cards > li[tabindex], .cards a)")?.focus();
}

export function SearchBox<Name extends string>({
  tokens = [],
  onTake,
  suggestions = [],
  onChange,
  ...input
}: Props<Name>) {
  const last = tokens.at(-1);
  return (
    <label className="search-box beside">
      <Search className="muted" aria-hidden />
      {tokens.map(({ name, words, mark }) => (
        <button
          key={name}
          type="button"
          className="token"
          aria-label={t`Remove the filter ${words}`}
          onClick={() => onTake?.(name)}
        >
          {mark}
          <bdi className="cut">{words}</bdi> <X aria-hidden />
        </button>
      ))}
      <input
        type="search"
        {...input}
        // Only where there is a choice: with a list it is a combo box to a screen reader.
        list={suggestions.length > 0 ? input.list : undefined}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Backspace" && event.currentTarget.value === "" && last) onTake?.(last.name);
          if (event.key !== "Escape" && event.key !== "ArrowDown") return;
          event.preventDefault();
          leaveToList();
        }}
      />
      {suggestions.length > 0 && (
        <datalist id={input.list}>
          {suggestions.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      )}
      <kbd aria-hidden>/</kbd>
    </label>
  );
}
