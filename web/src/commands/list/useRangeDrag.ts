import { type RefObject, useEffect, useEffectEvent } from "react";

import { anchorAt, extendTo, type Order, type Selection, toggle } from "../../platform/selection";

/** A touch that rests this long selects; one that moves further scrolls. */
const LONG_PRESS_MS = 350;
const SLOP = 8;
/** Near an edge the list scrolls, by at most this many pixels per frame. */
const EDGE = 48;
const MAX_SCROLL = 18;

interface Options {
  scroller: RefObject<HTMLElement | null>;
  /** Changes when another list takes the scroller's place. */
  key: string;
  order: Order;
  setActiveId: (id: number) => void;
  select: (change: (selection: Selection) => Selection) => void;
}

/**
 * Select a range by dragging over the handles (`data-handle`) of elements with a `data-id`, or anywhere after a long
 * press. The click that ends a drag is suppressed.
 */
export function useRangeDrag({ scroller, key, order, setActiveId, select }: Options): void {
  const start = useEffectEvent((id: number) => {
    setActiveId(id);
    // A range that starts at a selected item deselects.
    select((now) => (now.ids.has(id) ? toggle(now, id) : anchorAt(now, id)));
  });
  const over = useEffectEvent((id: number) => select((now) => extendTo(now, order, id)));

  useEffect(() => {
    const list = scroller.current;
    if (!list) return;
    let origin: { id: string; x: number; y: number; isTouch: boolean } | null = null;
    let at = { x: 0, y: 0 };
    let last: string | null = null;
    let isDrawing = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let frame = 0;

    const idAt = (target: Element | null) => target?.closest<HTMLElement>("[data-id]")?.dataset["id"] ?? null;
    const follow = () => {
      const id = idAt(document.elementFromPoint(at.x, at.y));
      if (id === null || id === last) return;
      last = id;
      over(Number(id));
    };
    const scroll = () => {
      const { top, bottom } = list.getBoundingClientRect();
      const above = top + EDGE - at.y;
      const below = at.y - (bottom - EDGE);
      const by = Math.min(MAX_SCROLL, Math.max(above, below) / 3);
      if (by > 0) {
        list.scrollBy(0, above > below ? -by : by);
        follow();
      }
      frame = requestAnimationFrame(scroll);
    };
    const begin = () => {
      if (!origin) return;
      isDrawing = true;
      last = origin.id;
      start(Number(origin.id));
      frame = requestAnimationFrame(scroll);
    };
    const end = () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      origin = null;
      // The click event follows in the same task.
      if (isDrawing) setTimeout(() => (isDrawing = false));
    };
    const onDown = (event: PointerEvent) => {
      const id = idAt(event.target as Element);
      if (id === null || event.button !== 0 || !event.isPrimary || event.shiftKey) return;
      const isTouch = event.pointerType === "touch";
      if (!isTouch && !(event.target as Element).closest("[data-handle]")) return;
      origin = { id, x: event.clientX, y: event.clientY, isTouch };
      at = origin;
      if (isTouch) timer = setTimeout(begin, LONG_PRESS_MS);
    };
    const onMove = (event: PointerEvent) => {
      if (!origin) return;
      at = { x: event.clientX, y: event.clientY };
      const moved = Math.hypot(at.x - origin.x, at.y - origin.y);
      if (isDrawing) follow();
      else if (origin.isTouch) {
        if (moved > SLOP) end();
      } else if (moved > SLOP / 2 && idAt(document.elementFromPoint(at.x, at.y)) !== origin.id) {
        begin();
        follow();
      }
    };
    const onTouchMove = (event: TouchEvent) => {
      if (isDrawing) event.preventDefault();
    };
    const onClick = (event: MouseEvent) => {
      if (!isDrawing) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const onMenu = (event: Event) => {
      if (isDrawing || origin?.isTouch) event.preventDefault();
    };

    const watching = new AbortController();
    const { signal } = watching;
    list.addEventListener("pointerdown", onDown, { signal });
    window.addEventListener("pointermove", onMove, { signal });
    window.addEventListener("pointerup", end, { signal });
    window.addEventListener("pointercancel", end, { signal });
    // Chromium lets touchmove, not pointermove, prevent scrolling.
    list.addEventListener("touchmove", onTouchMove, { signal, passive: false });
    list.addEventListener("click", onClick, { signal, capture: true });
    list.addEventListener("contextmenu", onMenu, { signal });
    return () => {
      watching.abort();
      end();
    };
  }, [scroller, key]);
}
