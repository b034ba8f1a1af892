import { observeElementOffset, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useImperativeHandle, useRef } from "react";

/** Where things stand in a list that scrolls; the same for rows and for tiles. */
export interface ListHandle {
  /** The first post that is seen, and how much of it is scrolled away. */
  place: () => { index: number; by: number };
  goTo: (index: number, by?: number) => void;
  /** Scroll no further than it takes to see all of it. */
  reveal: (index: number) => void;
  /** How many rows stand on a screen, and how many posts beside each other. */
  shape: () => { rows: number; columns: number };
  /** At least half of it is on the screen. */
  isInSight: (index: number) => boolean;
}

/** The virtualizer would scroll a list to its top when it first sees it, whatever place has been found for it. */
export const noScroll = () => undefined;

/**
 * The virtualizer hears of scrolling only once it looks at the list: on a busy machine after the event of the place that
 * was found again, and would draw the top of a list that stands far below. So it is told where the list stands.
 */
export function observeOffset<Row extends Element>(
  virtualizer: Virtualizer<HTMLDivElement, Row>,
  tell: (offset: number, isScrolling: boolean) => void,
): (() => void) | undefined {
  const stop = observeElementOffset(virtualizer, tell);
  tell(virtualizer.scrollElement?.scrollTop ?? 0, false);
  return stop;
}

interface Geometry {
  /** CSS pixels, gaps included. */
  rowHeight: number;
  columns: number;
  /** What stands over the first row, and stays there. */
  head: number;
}

export function useListHandle(
  handle: RefObject<ListHandle | null>,
  scroller: RefObject<HTMLElement | null>,
  { rowHeight, columns, head }: Geometry,
): void {
  const isAtTop = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    const note = () => (isAtTop.current = element?.scrollTop === 0);
    element?.addEventListener("scroll", note, { passive: true });
    return () => element?.removeEventListener("scroll", note);
  }, [scroller]);
  useImperativeHandle(handle, () => {
    const topOf = (index: number) => Math.floor(index / columns) * rowHeight;
    const top = () => scroller.current?.scrollTop ?? 0;
    const height = () => (scroller.current?.clientHeight ?? 0) - head;
    const scroll = (to: number) => {
      // To scroll, all is laid out: a sorted list that stands at its top would be laid out twice a frame.
      if (!scroller.current || (to === 0 && isAtTop.current)) return;
      isAtTop.current = false;
      scroller.current.scrollTop = to;
    };
    return {
      place: () => {
        const row = Math.floor(top() / rowHeight);
        return { index: row * columns, by: top() - row * rowHeight };
      },
      goTo: (index, by = 0) => {
        scroll(topOf(index) + by);
      },
      reveal: (index) => {
        const from = topOf(index);
        if (from < top()) scroll(from);
        else if (from + rowHeight > top() + height()) scroll(from + rowHeight - height());
      },
      shape: () => ({ rows: Math.max(1, Math.floor(height() / rowHeight) - 1), columns }),
      isInSight: (index) => {
        const middle = topOf(index) + rowHeight / 2 - top();
        return middle >= 0 && middle <= height();
      },
    };
  }, [scroller, rowHeight, columns, head]);
}
