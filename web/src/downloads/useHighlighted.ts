import { useEffect, useRef } from "react";

import { ApiError } from "../api/error";
import { useDownload } from "../api/queries";
import type { Bdr } from "../api/schema";
import { toast } from "../ui/toast";

/**
 * The downloads with the one that the address names (`?bdr=`), however old it is; the list is scrolled to it once.
 * Only the list: scrolling the document would take the page's head away.
 */
export function useHighlighted(items: Bdr[] | null, id: string | null) {
  const isListed = items?.some((bdr) => bdr.id === id) ?? true;
  const { data: older, error } = useDownload(isListed ? null : id);
  const all = older && items && !isListed ? [...items, older] : items;
  const isThere = all?.some((bdr) => bdr.id === id) ?? false;
  const hasShown = useRef(false);

  useEffect(() => {
    if (!isThere || hasShown.current) return;
    const element = document.getElementById(`bdr-${id}`);
    const list = element?.parentElement;
    if (!list) return;
    hasShown.current = true;
    list.scrollTo({ top: element.offsetTop - (list.clientHeight - element.offsetHeight) / 2 });
    element.focus({ preventScroll: true });
  }, [isThere, id]);
  useEffect(() => {
    if (error instanceof ApiError && !error.isPassing) toast.info("The download of this link is no longer here.");
  }, [error]);
  return all;
}
