/** A number beside a page's name in the navigation: how much is under way there. */
import { useEffect } from "react";

import type { PageName } from "../lib/address";
import { createStore, useStore } from "../lib/store";

interface Badge {
  count: number;
  /** What is counted, for screen readers: "downloads being built". */
  label: string;
}

const badges = createStore<Partial<Record<PageName, Badge>>>({});

function set(page: PageName, badge: Badge | undefined): void {
  badges.set({ ...badges.get(), [page]: badge });
}

/** Show a number at a page's name; 0 shows none. */
export function useBadge(page: PageName, count: number, label: string): void {
  useEffect(() => {
    set(page, count > 0 ? { count, label } : undefined);
    return () => set(page, undefined);
  }, [page, count, label]);
}

export const useBadges = () => useStore(badges);
