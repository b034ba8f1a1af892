import { CircleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";

interface Props {
  icon: LucideIcon;
  /** What there is none of. */
  title: string;
  /** What would be here, or where one gets it from. */
  hint?: string;
  look?: string;
  children?: ReactNode;
}

/** What stands where there is nothing to list: why, and what can be done about it. */
export function Empty({ icon: Icon, title, hint, look = "empty", children }: Props) {
  return (
    <div className={look}>
      <Icon aria-hidden />
      <p className="empty-title">{title}</p>
      {hint && <p className="muted">{hint}</p>}
      {children}
    </div>
  );
}

/** What stands where a list would be that could not be had. */
export function LoadError({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div className="empty" role="alert">
      <CircleAlert aria-hidden />
      <p>{error.message}</p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}
