import { observeElementOffset, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useImperativeHandle, useRef } from "react";

/** Imperative handle of a scrolling list, table or grid. */
export interface ListHandle {
  /** The first visible post, and by how many CSS pixels it is scrolled out. */
  place: () => { index: number; by: number };
  goTo: (index: number, by?: number) => void;
  /** Scroll the minimum to show it fully. */
  reveal: (index: number) => void;
  /** Rows per screen, and columns. */
  shape: () => { rows: number; columns: number };
  /** At least half of it is visible. */
  isInSight: (index: number) => boolean;
}

/** Prevents the virtualizer from scrolling to the top on mount, after a scroll position has been restored. */
export const noScroll = () => undefined;

/**
 * The virtualizer subscribes to scroll events late: on a busy machine after the event of a restored position, and would
 * render the top of a list that is scrolled far down. So it also receives the initial offset.
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
  /** The sticky header's height. */
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
      // Setting scrollTop forces layout: a list already at its top would be laid out twice per frame.
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
