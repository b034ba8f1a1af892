/** A number beside a page's name in the navigation: how much is under way there. */
import { useEffect, useSyncExternalStore } from "react";

import type { PageName } from "../lib/address";

export interface Badge {
  count: number;
  /** What is counted, for screen readers: "downloads being built". */
  label: string;
}

let badges: Partial<Record<PageName, Badge>> = {};
const listeners = new Set<() => void>();

function set(page: PageName, badge: Badge | undefined): void {
  badges = { ...badges, [page]: badge };
  for (const listener of listeners) listener();
}

/** Show a number at a page's name; 0 shows none. */
export function useBadge(page: PageName, count: number, label: string): void {
  useEffect(() => {
    set(page, count > 0 ? { count, label } : undefined);
    return () => set(page, undefined);
  }, [page, count, label]);
}

export function useBadges(): Partial<Record<PageName, Badge>> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => badges,
  );
}
