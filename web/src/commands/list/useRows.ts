import "./list.css";

import { defaultRangeExtractor, observeElementOffset, useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useEffectEvent, useImperativeHandle, useRef } from "react";

/** Imperative handle of a scrolling list, table or grid; heights in CSS pixels. */
export interface ListHandle {
  /** The first visible item, and by how much its row is scrolled out. */
  place: () => { index: number; by: number };
  goTo: (index: number, by?: number) => void;
  /** Scroll the minimum to show it fully. */
  reveal: (index: number) => void;
  /** Rows per screen, and columns. */
  shape: () => { rows: number; columns: number };
  /** At least half of it is visible. */
  isInSight: (index: number) => boolean;
}

interface Options {
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  /** How many rows there are, and how high each is, gaps included. */
  count: number;
  heightOf: (row: number) => number;
  /** Changes when heights do. */
  measure: unknown;
  columns: number;
  /** The row of an item, and the first item of a row; by default as many as there are columns. */
  rowOf?: (index: number) => number;
  itemOf?: (row: number) => number;
  /** The height of a sticky header, and of the space above and below the rows. */
  head?: number;
  padding?: { start: number; end: number };
  /** Rows rendered beyond the viewport. */
  overscan: number;
  /** The cursor, and how often it was moved: each move scrolls it into view. */
  activeIndex: number;
  moves: number;
  /** Render in the frame that scrolls: a dragged scrollbar shows rows. */
  isSync?: boolean;
}

/** Prevents the virtualizer from scrolling to the top on mount, after a scroll position has been restored. */
const noScroll = () => undefined;

/**
 * The virtualizer subscribes to scroll events late: on a busy machine after the event of a restored position, and would
 * render the top of a list that is scrolled far down. So it also receives the initial offset.
 */
export function observeOffset(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  tell: (offset: number, isScrolling: boolean) => void,
): (() => void) | undefined {
  const stop = observeElementOffset(virtualizer, tell);
  tell(virtualizer.scrollElement?.scrollTop ?? 0, false);
  return stop;
}

/** The rows of a list that are rendered. The cursor's row is one of them, or aria-activedescendant would point at nothing. */
export function useRows(options: Options): Virtualizer<HTMLDivElement, Element> {
  const { scroller, handle, count, heightOf, measure, columns, head = 0, padding, activeIndex, moves } = options;
  const { rowOf = (index) => Math.floor(index / columns), itemOf = (row) => row * columns } = options;
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: heightOf,
    overscan: options.overscan,
    scrollMargin: head,
    paddingStart: padding?.start ?? 0,
    paddingEnd: padding?.end ?? 0,
    // The page's height until measured: the first frame has rows.
    initialRect: { width: 0, height: innerHeight },
    useFlushSync: options.isSync ?? false,
    scrollToFn: noScroll,
    observeElementOffset: observeOffset,
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      const active = activeIndex < 0 ? -1 : rowOf(activeIndex);
      return active < 0 || indexes.includes(active) ? indexes : [...indexes, active].sort((a, b) => a - b);
    },
  });
  useEffect(() => virtualizer.measure(), [virtualizer, measure]);

  const isAtTop = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    const note = () => (isAtTop.current = element?.scrollTop === 0);
    element?.addEventListener("scroll", note, { passive: true });
    return () => element?.removeEventListener("scroll", note);
  }, [scroller]);
  useImperativeHandle(handle, () => {
    const top = () => scroller.current?.scrollTop ?? 0;
    const height = () => (scroller.current?.clientHeight ?? 0) - head;
    const startOf = (row: number) => (virtualizer.measurementsCache[row]?.start ?? head) - head;
    const scroll = (to: number) => {
      // Setting scrollTop forces layout: a list already at its top would be laid out twice per frame.
      if (!scroller.current || (to === 0 && isAtTop.current)) return;
      isAtTop.current = false;
      scroller.current.scrollTop = to;
    };
    return {
      place: () => {
        const row = virtualizer.getVirtualItemForOffset(top() + head)?.index ?? 0;
        return { index: itemOf(row), by: top() - startOf(row) };
      },
      goTo: (index, by = 0) => scroll(startOf(rowOf(index)) + by),
      reveal: (index) => {
        const from = startOf(rowOf(index));
        const to = from + heightOf(rowOf(index));
        if (from < top()) scroll(from);
        else if (to > top() + height()) scroll(to - height());
      },
      shape: () => ({ rows: Math.max(1, Math.floor(height() / heightOf(rowOf(0))) - 1), columns }),
      isInSight: (index) => {
        const middle = startOf(rowOf(index)) + heightOf(rowOf(index)) / 2 - top();
        return middle >= 0 && middle <= height();
      },
    };
  });

  const revealed = useRef(moves);
  const reveal = useEffectEvent(() => {
    if (revealed.current !== moves && activeIndex >= 0) handle.current?.reveal(activeIndex);
    revealed.current = moves; // a list that is only shown again stays where it is
  });
  useEffect(() => reveal(), [moves]);
  return virtualizer;
}
