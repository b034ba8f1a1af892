import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";

/** Why something cannot be done, or was not; read out at once. */
export function Refusal({ children }: { children: ReactNode }) {
  return (
    <p className="refusal" role="alert">
      <CircleAlert aria-hidden /> {children}
    </p>
  );
}
