import type { ReactNode } from "react";

/** A heading with what it is about at the left, and what belongs to it at the right. */
export function Block({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  return (
    <section className="data-block" aria-label={title}>
      <div>
        <h3>{title}</h3>
        {about && <p className="muted">{about}</p>}
      </div>
      <div className="data-parts">{children}</div>
    </section>
  );
}
