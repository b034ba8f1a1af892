/** Scroll restoration: positions are kept per filter and sort order. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import * as v from "valibot";

import { config } from "../../data/config";
import type { Order } from "../../platform/selection";
import { wasTraversal } from "../../platform/address";
import { readStored, writeStored } from "../../platform/stored";
import { useBeforeLeave } from "../../platform/useEventListener";
import { isFiltering } from "./filterValues";
import type { ListHandle } from "../../commands/list/useRows";
import type { View } from "./view";

const KEY = `pmd.places.${config.viewer.sqid}.${config.subject.sqid}`;
const MAX_PLACES = 50;

const Place = v.object({
  /** The topmost post and its index then; it may have been removed since. */
  id: v.number(),
  index: v.number(),
  /** By how much it is scrolled out, CSS pixels. */
  by: v.number(),
});
export type Place = v.InferOutput<typeof Place>;

let places: Map<string, Place> | null = null;

function known(): Map<string, Place> {
  return (places ??= new Map(readStored(sessionStorage, KEY, v.array(v.tuple([v.string(), Place]))) ?? []));
}

function note(key: string, place: Place): void {
  known().delete(key);
  known().set(key, place);
  const [oldest] = known().keys();
  if (known().size > MAX_PLACES && oldest !== undefined) known().delete(oldest);
}

/** Identifies a filtered and sorted list. */
export function keyOf({ filters, sort, state }: View): string {
  return JSON.stringify([filters, sort, state]);
}

/** Whether a view change restores a position or starts at the top. */
export function leadsBack(before: View, now: View, isReturn: boolean): boolean {
  const isCleared = isFiltering(before.filters) && !isFiltering(now.filters);
  return isReturn || isCleared || before.state !== now.state;
}

interface Options {
  view: View;
  order: Order;
  isComplete: boolean;
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<ListHandle | null>;
  /** The initial index from a link. */
  first: number;
}

/**
 * A new filter or sort order starts at the top; clearing it, Back and returning to the page restore the position. While its
 * posts are loading, the user's own scrolling takes precedence.
 */
export function usePlace({ view, order, isComplete, scroller, list, first }: Options): void {
  const shown = useRef<View | null>(null);
  const wanted = useRef<Place | null>(null);
  const key = keyOf(view);
  const current = useRef({ key, order });

  useLayoutEffect(() => {
    current.current = { key, order };
  });
  useLayoutEffect(() => {
    const before = shown.current;
    if (before !== null && keyOf(before) === key) return; // the effect runs again where the page is shown again
    shown.current = view;
    const isBack = before === null || leadsBack(before, view, wasTraversal());
    const byLink = first > 0 && before === null ? { id: 0, index: first, by: 0 } : null;
    wanted.current = byLink ?? (isBack ? (known().get(key) ?? null) : null);
    list.current?.goTo(wanted.current?.index ?? 0, wanted.current?.by ?? 0);
    // By key: the view object changes with every query parameter.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, list]);
  useLayoutEffect(() => {
    const place = wanted.current;
    if (!place || order.length === 0) return;
    const index = order.indexOf(place.id);
    if (index < 0 && !isComplete && place.index >= order.length) return;
    wanted.current = null;
    list.current?.goTo(index < 0 ? place.index : index, place.by);
  }, [order, isComplete, list]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const watching = new AbortController();
    const options = { passive: true, signal: watching.signal };
    const give = () => (wanted.current = null);
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) element.addEventListener(name, give, options);
    element.addEventListener(
      "scroll",
      () => {
        const { key: of, order: ids } = current.current;
        const at = list.current?.place();
        const id = ids.at(at?.index ?? 0);
        if (at && id !== undefined && !wanted.current) note(of, { id, ...at });
      },
      options,
    );
    return () => watching.abort();
  }, [scroller, list, view.layout]);
  useBeforeLeave(() => writeStored(sessionStorage, KEY, [...known()]));
}
