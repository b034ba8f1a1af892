import { Search } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

interface Props extends Omit<ComponentProps<"input">, "onChange"> {
  /** Behind the text: the key that leads here, for instance. */
  children?: ReactNode;
  onChange: (text: string) => void;
}

export function SearchBox({ children, onChange, ...input }: Props) {
  return (
    <label className="search-box">
      <Search aria-hidden />
      <input type="search" {...input} onChange={(event) => onChange(event.target.value)} />
      {children}
    </label>
  );
}
