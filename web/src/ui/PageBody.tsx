import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";

import { pageHref, type PageName } from "../lib/address";
import { Bar } from "./Bar";
import { OpenLink } from "./OpenLink";

interface Props {
  title: string;
  /** Beside the title: what one does here first of all. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page that is a list of cards: its bar, and a body that scrolls. */
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

/** From one of its things to all of them. */
export function WayBack({ to, onOpen }: { to: PageName; onOpen: () => void }) {
  return (
    <OpenLink className="button quiet" href={pageHref(to)} onOpen={onOpen}>
      <ArrowLeft aria-hidden /> All {to}
    </OpenLink>
  );
}

/** What stands there where the thing could not be had. */
export function Missing({ error }: { error: Error }) {
  return (
    <p className="empty" role="alert">
      {error.message}
    </p>
  );
}
