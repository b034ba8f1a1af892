import "./Navigation.css";

import { Archive, CalendarDays, Images, LayoutList, ListChecks, ServerCog, Settings, Upload } from "lucide-react";

import { config } from "../data/config";
import { go, pageHref, usePageName } from "../platform/address";
import { type PageName, PAGES } from "../platform/parameters";
import { formatCount } from "../platform/format";
import { useRovingTabIndex } from "../ui/Bar";
import { OpenLink } from "../ui/OpenLink";
import { useBadges } from "../ui/badges";
import { pageNames } from "./places";

const icons: Record<PageName, typeof Archive> = {
  posts: LayoutList,
  publish: CalendarDays,
  library: Images,
  uploads: Upload,
  packs: Archive,
  tasks: ListChecks,
  settings: Settings,
  ops: ServerCog,
};

/** The main navigation. */
export function Navigation() {
  const current = usePageName();
  const badges = useBadges();
  const toolbar = useRovingTabIndex<HTMLElement>();
  return (
    <nav className="navigation" aria-label="Pages of this application" {...toolbar}>
      {PAGES.filter((page) => page !== "ops" || config.is_owner).map((page) => {
        const Icon = icons[page];
        const badge = badges[page];
        return (
          <OpenLink
            key={page}
            href={pageHref(page)}
            // Elsewhere it is one of the tools.
            className={page === "settings" ? "narrow-only" : undefined}
            aria-current={page === current ? "page" : undefined}
            onOpen={() => page !== current && go(page)}
          >
            <Icon aria-hidden />
            <span>{pageNames[page]}</span>
            {badge && (
              <span className="bubble">
                <span aria-hidden>{formatCount(badge.count)}</span>
                <span className="visually-hidden"> {badge.label}</span>
              </span>
            )}
          </OpenLink>
        );
      })}
    </nav>
  );
}
