/** Badges in the navigation: how much is in progress on a page. */
import { useEffect } from "react";

import type { PageName } from "../platform/parameters";
import { createStore, useStore } from "../platform/store";

interface Badge {
  count: number;
  /** For screen readers: "1 download being built". */
  label: string;
}

const badges = createStore<Partial<Record<PageName, Badge>>>({});

function set(page: PageName, badge: Badge | undefined): void {
  badges.set({ ...badges.get(), [page]: badge });
}

/** Set a page's badge; 0 removes it. `label`: "1 download being built". */
export function useBadge(page: PageName, count: number, label: string): void {
  useEffect(() => {
    set(page, count > 0 ? { count, label } : undefined);
    return () => set(page, undefined);
  }, [page, count, label]);
}

export const useBadges = () => useStore(badges);
