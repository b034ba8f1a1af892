import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { go, isPlainClick, pageHref, type PageName, type Query } from "../lib/address";

interface OpenLinkProps extends ComponentProps<"a"> {
  onOpen: () => void;
}

/** A real link, for new tabs and copying, that opens in place when it is simply clicked. */
export function OpenLink({ onOpen, ...link }: OpenLinkProps) {
  return (
    <a
      {...link}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        onOpen();
      }}
    />
  );
}

interface PageLinkProps extends ComponentProps<"a"> {
  page: PageName;
  query?: Query;
  icon?: LucideIcon;
}

/** A link to a page of this application, or to a place in it. */
export function PageLink({ page, query, icon: Icon, children, ...link }: PageLinkProps) {
  return (
    <OpenLink href={pageHref(page, query)} onOpen={() => go(page, query)} {...link}>
      {Icon && <Icon aria-hidden />} {children}
    </OpenLink>
  );
}
