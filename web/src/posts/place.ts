/** One's place in the list: kept for each filter and order, and found again where one comes back to it. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import * as v from "valibot";

import { config } from "../api/config";
import { wasTraversal } from "../lib/address";
import { readStored, writeStored } from "../lib/stored";
import { useBeforeLeave } from "../lib/useEventListener";
import { isFiltering } from "./filterValues";
import type { ListHandle } from "./useListHandle";
import type { View } from "./view";

const KEY = `pmd.places.${config.viewer.sqid}.${config.subject.sqid}`;
/** The most views of which places are remembered. */
const MAX_PLACES = 50;

const Place = v.object({
  /** The post at the top, and where it stood when it was there; it may have gone since. */
  id: v.number(),
  index: v.number(),
  /** How much of it is scrolled away, CSS pixels. */
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

/** What is shown and in which order: a place is a place in that. */
export function keyOf({ filters, sort, state }: View): string {
  return JSON.stringify([filters, sort, state]);
}

/** Where a change of the view leads: back to where one was, or to the top of what is asked for now. */
export function leadsBack(before: View, now: View, isReturn: boolean): boolean {
  const isCleared = isFiltering(before.filters) && !isFiltering(now.filters);
  return isReturn || isCleared || before.state !== now.state;
}

interface Options {
  view: View;
  order: readonly number[];
  isComplete: boolean;
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<ListHandle | null>;
  /** Where a link says that the list begins. */
  first: number;
}

/**
 * A filter or an order shows its results from the top; who clears it, goes back or comes back to the page finds the
 * place that was left. While the posts of that place are on their way, the visitor's own scrolling comes first.
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
    shown.current = view;
    const isBack = before === null || leadsBack(before, view, wasTraversal());
    const byLink = first > 0 && before === null ? { id: 0, index: first, by: 0 } : null;
    wanted.current = byLink ?? (isBack ? (known().get(key) ?? null) : null);
    list.current?.goTo(wanted.current?.index ?? 0, wanted.current?.by ?? 0);
    // Another view, by its key: the view itself is made anew with each part of the address.
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
        const id = ids[at?.index ?? 0];
        if (at && id !== undefined && !wanted.current) note(of, { id, ...at });
      },
      options,
    );
    return () => watching.abort();
  }, [scroller, list, view.layout]);
  useBeforeLeave(() => writeStored(sessionStorage, KEY, [...known()]));
}
