import "./FormError.css";

import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";

/** An error message in a form, announced to screen readers. */
export function FormError({ children }: { children: ReactNode }) {
  return (
    <p className="refusal" role="alert">
      <CircleAlert aria-hidden /> {children}
    </p>
  );
}
