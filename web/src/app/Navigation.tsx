import "./Navigation.css";

import { t } from "@lingui/core/macro";
import { Archive, CalendarDays, ChartColumn, Images, LayoutList, ListChecks, ServerCog, Upload } from "lucide-react";

import { config, moderates } from "../data/config";
import { go, pageHref, usePageName } from "../platform/address";
import { type PageName, PAGES } from "../platform/parameters";
import { formatCount } from "../platform/format";
import { useRovingTabIndex } from "../ui/Bar";
import { OpenLink } from "../ui/OpenLink";
import { useBadges } from "../ui/badges";
import { pageNames } from "./places";

const icons: Partial<Record<PageName, typeof Archive>> = {
  posts: LayoutList,
  publish: CalendarDays,
  library: Images,
  uploads: Upload,
  packs: Archive,
  tasks: ListChecks,
  insights: ChartColumn,
  ops: ServerCog,
};

/** Where it is one of the commands. */
const places: Partial<Record<PageName, string>> = { insights: "wide-only" };

const isShown = (page: PageName) =>
  page !== "settings" && (page !== "ops" || config.is_owner) && (page !== "insights" || !moderates);

/** The main navigation. */
export function Navigation() {
  const current = usePageName();
  const badges = useBadges();
  const toolbar = useRovingTabIndex<HTMLElement>();
  return (
    <nav className="navigation" aria-label={t`Pages of this application`} {...toolbar}>
      {PAGES.filter(isShown).map((page) => {
        const Icon = icons[page];
        const badge = badges[page];
        return (
          <OpenLink
            key={page}
            href={pageHref(page)}
            className={places[page]}
            aria-current={page === current ? "page" : undefined}
            onOpen={() => page !== current && go(page)}
          >
            {Icon && <Icon aria-hidden />}
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
