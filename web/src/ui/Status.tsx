import "./Status.css";

import {
  Ban,
  Circle,
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
const icons: Readonly<Record<string, LucideIcon>> = statusIcons;

type State = keyof typeof statusIcons;

/** A state that is newer than this page has a neutral one. */
export function StatusIcon({ of }: { of: State }) {
  const Icon = icons[of] ?? Circle;
  return <Icon aria-hidden />;
}

export function Status({ of, children }: { of: State; children: ReactNode }) {
  return (
    <span className="status">
      <StatusIcon of={of} /> {children}
    </span>
  );
}
