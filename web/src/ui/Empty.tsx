import "./Empty.css";

import { Trans } from "@lingui/react/macro";
import { CircleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";

interface Props {
  icon: LucideIcon;
  /** What is missing. */
  title: string;
  /** What would appear here, or where it comes from. */
  hint?: string;
  look?: string;
  children?: ReactNode;
}

/** An empty state: why there is nothing, and what to do about it. */
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

/** Replaces a list that could not be loaded. */
export function LoadError({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div className="empty" role="alert">
      <CircleAlert aria-hidden />
      <p>{error.message}</p>
      <Button onClick={onRetry}>
        <Trans>Try again</Trans>
      </Button>
    </div>
  );
}
