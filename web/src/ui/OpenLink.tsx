import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { go, isPlainClick, pageHref, type PageName, type Query } from "../platform/address";

interface OpenLinkProps extends ComponentProps<"a"> {
  onOpen: () => void;
}

/** A link that a plain click opens in place; modified clicks and copying work as usual. */
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

/** A link to a page of this application. */
export function PageLink({ page, query, icon: Icon, children, ...link }: PageLinkProps) {
  return (
    <OpenLink href={pageHref(page, query)} onOpen={() => go(page, query)} {...link}>
      {Icon && <Icon aria-hidden />} {children}
    </OpenLink>
  );
}
