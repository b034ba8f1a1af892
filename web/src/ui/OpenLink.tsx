import type { ReactNode } from "react";

import { isPlainClick } from "../lib/address";

interface Props {
  href: string;
  className?: string;
  children: ReactNode;
  onOpen: () => void;
}

/** A real link, for new tabs and copying, that opens in place when it is simply clicked. */
export function OpenLink({ href, className, children, onOpen }: Props) {
  return (
    <a
      href={href}
      className={className}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        onOpen();
      }}
    >
      {children}
    </a>
  );
}
