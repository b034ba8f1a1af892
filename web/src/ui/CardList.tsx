import "./CardList.css";

import type { ReactNode, Ref } from "react";

import { LoadError } from "./Empty";

interface Props<Item> {
  label: string;
  /** Null while loading. */
  items: readonly Item[] | null;
  error: Error | null;
  onRetry: () => void;
  /** The empty state. */
  empty: ReactNode;
  className?: string;
  /** Of the list. */
  ref?: Ref<HTMLUListElement>;
  /** After the items. */
  last?: ReactNode;
  children: (item: Item) => ReactNode;
}

/** A list of cards, with its loading, error and empty states. */
export function CardList<Item>({
  label,
  items,
  error,
  onRetry,
  empty,
  className = "",
  ref,
  last,
  children,
}: Props<Item>) {
  const isLoading = items === null && !error;
  return (
    <>
      {error && <LoadError error={error} onRetry={onRetry} />}
      {items?.length === 0 && empty}
      <ul ref={ref} className={`cards ${className}`} aria-label={label} aria-busy={isLoading}>
        {isLoading && <li className="card skeleton" />}
        {items?.map(children)}
        {items && items.length > 0 && last}
      </ul>
    </>
  );
}

interface LeftOutProps {
  /** How many were skipped. */
  summary: string;
  label: string;
  isOpen?: boolean;
  items: readonly { id: string | number; name: string; reason: string | null }[];
  children?: ReactNode;
}

/** Items that an action skips, each with its reason. */
export function SkippedList({ summary, label, isOpen, items, children }: LeftOutProps) {
  return (
    <details className="missing" open={isOpen}>
      <summary className="wait">{summary}</summary>
      <ul tabIndex={0} aria-label={label}>
        {items.slice(0, 200).map(({ id, name, reason }) => (
          <li key={id}>
            <bdi>{name}</bdi> <span className="muted">{reason}</span>
          </li>
        ))}
      </ul>
      {children}
    </details>
  );
}
