import { Search } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

interface Props extends Omit<ComponentProps<"input">, "onChange"> {
  /** Before the text: the filters that are set. */
  before?: ReactNode;
  /** Behind the text: the key that leads here, for instance. */
  children?: ReactNode;
  /** Backspace before the text takes the last of what stands there away. */
  onTake?: () => void;
  onChange: (text: string) => void;
}

/** ArrowDown and Escape lead from the field to the list. */
function leaveToList(): void {
  document.querySelector<HTMLElement>("main [aria-multiselectable]")?.focus();
}

export function SearchBox({ before, children, onTake, onChange, ...input }: Props) {
  return (
    <label className="search-box">
      <Search aria-hidden />
      {before}
      <input
        type="search"
        {...input}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Backspace" && event.currentTarget.value === "") onTake?.();
          if (event.key !== "Escape" && event.key !== "ArrowDown") return;
          event.preventDefault();
          leaveToList();
        }}
      />
      {children}
    </label>
  );
}
