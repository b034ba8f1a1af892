import "./Status.css";

import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleX,
  Clock,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  Undo2,
} from "lucide-react";
import type { ReactNode } from "react";

/** Icons for the states of any kind of work. */
export const statusIcons = {
  pending: Hourglass,
  processing: LoaderCircle,
  running: LoaderCircle,
  ready: CircleCheck,
  completed: CircleCheck,
  partial: CircleAlert,
  failed: CircleX,
  cancelled: Ban,
  undone: Undo2,
  expired: Clock,
} satisfies Record<string, LucideIcon>;

export function Status({ of, children }: { of: keyof typeof statusIcons; children: ReactNode }) {
  const Icon = statusIcons[of];
  return (
    <span className="status">
      <Icon aria-hidden /> {children}
    </span>
  );
}
