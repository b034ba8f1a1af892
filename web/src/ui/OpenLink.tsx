import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { go, isPlainClick, pageHref } from "../platform/address";
import type { PageName, Parameters } from "../platform/parameters";

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

interface PageLinkProps<Page extends PageName> extends ComponentProps<"a"> {
  page: Page;
  query?: Partial<Parameters<Page>>;
  icon?: LucideIcon;
}

/** A link to a page of this application. */
export function PageLink<Page extends PageName>({ page, query, icon: Icon, children, ...link }: PageLinkProps<Page>) {
  return (
    <OpenLink href={pageHref(page, query)} onOpen={() => go(page, query)} {...link}>
      {Icon && <Icon aria-hidden />} {children}
    </OpenLink>
  );
}
