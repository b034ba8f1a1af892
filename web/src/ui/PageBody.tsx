import type { ReactNode } from "react";

import { Bar } from "./Bar";

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
