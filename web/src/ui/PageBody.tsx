import "./PageBody.css";

import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";

import { pageHref } from "../platform/address";
import { type PageName } from "../platform/parameters";
import { Bar } from "./Bar";
import { OpenLink } from "./OpenLink";

interface Props {
  title: string;
  /** Before the title. */
  back?: ReactNode;
  /** In place of the title, where there is room for it. */
  tabs?: ReactNode;
  /** The primary actions. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page of cards: toolbar and scrolling body. */
export function PageBody({ title, back, tabs, actions, children }: Props) {
  return (
    <section className="page-body" aria-label={title}>
      <Bar title={title} back={back} isTitled={!tabs}>
        {tabs}
        <span className="grow" />
        {actions}
      </Bar>
      <div className="page-content">{children}</div>
    </section>
  );
}

/** From one item back to the list: in a tab of its own too, where the page as it was left would be the item again. */
export function BackLink({ to, words, onOpen }: { to: PageName; words: string; onOpen: () => void }) {
  return (
    <OpenLink className="button quiet back" href={pageHref(to, {})} onOpen={onOpen}>
      <ChevronLeft aria-hidden /> <span>{words}</span>
    </OpenLink>
  );
}
