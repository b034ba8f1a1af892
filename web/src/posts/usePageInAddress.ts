import { type RefObject, useCallback, useEffect, useRef } from "react";

import { config } from "../api/config";
import type { ListHandle } from "./PostTable";
import { setPage } from "./view";

/**
 * The page in the address follows the list as it scrolls; a link to a page scrolls the list once the posts of that
 * page are here. Gives what hears of the first post on the screen.
 */
export function usePageInAddress(
  page: number,
  count: number,
  isComplete: boolean,
  list: RefObject<ListHandle | null>,
): (first: number) => void {
  const wanted = useRef(page);
  useEffect(() => {
    const first = wanted.current * config.max_posts;
    if (wanted.current === 0 || (count <= first && !isComplete)) return;
    wanted.current = 0;
    // After the list has drawn these rows for the first time.
    requestAnimationFrame(() => list.current?.scrollTo(Math.min(first, count - 1)));
  }, [count, isComplete, list]);
  return useCallback((first: number) => {
    if (wanted.current === 0) setPage(Math.floor(first / config.max_posts));
  }, []);
}
