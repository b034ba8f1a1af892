import type { ReactNode } from "react";

interface Props {
  title: string;
  /** Beside the title: what one does here first of all. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page below the navigation: its heading, and a body that scrolls. */
export function PageBody({ title, actions, children }: Props) {
  return (
    <section className="page-body" aria-labelledby="page-title">
      <header className="page-title spread">
        <h2 id="page-title">{title}</h2>
        {actions && <div className="buttons">{actions}</div>}
      </header>
      <div className="page-content">{children}</div>
    </section>
  );
}
