import "./PageBody.css";

import { Trans } from "@lingui/react/macro";
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";

import { pageHref } from "../platform/address";
import { type PageName } from "../platform/parameters";
import { Bar } from "./Bar";
import { OpenLink } from "./OpenLink";

interface Props {
  title: string;
  /** The primary actions. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page of cards: toolbar and scrolling body. */
export function PageBody({ title, actions, children }: Props) {
  return (
    <section className="page-body" aria-label={title}>
      <Bar title={title} isTitled>
        <span className="grow" />
        {actions}
      </Bar>
      <div className="page-content">{children}</div>
    </section>
  );
}

/** From one item back to the list. */
export function BackLink({ to, onOpen }: { to: PageName; onOpen: () => void }) {
  return (
    <OpenLink className="button quiet back" href={pageHref(to)} onOpen={onOpen}>
      <ArrowLeft aria-hidden />{" "}
      <span>
        <Trans>All {to}</Trans>
      </span>
    </OpenLink>
  );
}
