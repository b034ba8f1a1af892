/** Dragging drafts to a day of the queue: from the grid's pictures and from the calendar's own. */
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type RefObject, useEffect, useEffectEvent } from "react";

import { formatCount } from "../../platform/format";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { createStore, useStore } from "../../platform/store";
import { useEventListener } from "../../platform/useEventListener";
import { dayWords } from "./days";
import { desk } from "./useDrafts";

const SLOP = 5;

interface Drag {
  readonly ids: readonly number[];
  readonly x: number;
  readonly y: number;
  readonly isMoving: boolean;
  /** The day under the pointer. */
  readonly day: string | null;
}

const dragged = createStore<Drag | null>(null);
export const useDraggedDay = () => useStore(dragged)?.day ?? null;

/** Pictures (`data-handle`, in what has a `data-id`) that can be dragged to a day. */
export function useDayDrag(scroller: RefObject<HTMLElement | null>, idsOf: ((id: number) => readonly number[]) | null) {
  const ids = useEffectEvent((id: number) => idsOf?.(id) ?? []);
  useEffect(() => {
    const list = scroller.current;
    if (!list) return;
    const onDown = (event: PointerEvent) => {
      const target = event.target as Element;
      const id = Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]);
      if (event.button !== 0 || event.pointerType === "touch" || !id || !target.closest("[data-handle]")) return;
      const all = ids(id);
      if (all.length === 0) return;
      event.preventDefault(); // the browser would drag the picture
      dragged.set({ ids: all, x: event.clientX, y: event.clientY, isMoving: false, day: null });
    };
    list.addEventListener("pointerdown", onDown);
    return () => list.removeEventListener("pointerdown", onDown);
  }, [scroller]);
}

/** Where they are dropped. */
export function useDayDrop(onDrop: (ids: readonly number[], day: string) => void): void {
  useEventListener(window, "pointermove", (event) => {
    const now = dragged.get();
    if (!now) return;
    const { clientX: x, clientY: y } = event as PointerEvent;
    const isMoving = now.isMoving || Math.hypot(x - now.x, y - now.y) > SLOP;
    if (!isMoving) return;
    const over = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-day]");
    dragged.set({
      ...now,
      x,
      y,
      isMoving,
      day: over && over.dataset["past"] !== "true" ? (over.dataset["day"] ?? null) : null,
    });
  });
  useEventListener(window, "pointerup pointercancel", (event) => {
    const now = dragged.get();
    dragged.set(null);
    if (event.type === "pointerup" && now?.day) onDrop(now.ids, now.day);
  });
  useEventListener(window, "keydown", (event) => {
    if ((event as KeyboardEvent).key === "Escape" && dragged.get()) dragged.set(null);
  });
}

/** What is dragged, at the pointer, with the day that it would have. */
export function Carried() {
  const now = useStore(dragged);
  const file = now?.isMoving ? desk.sheet.get().get(now.ids[0] ?? 0)?.shown.file : null;
  if (!now || !file) return null;
  return (
    <div className="desk-carried" style={{ transform: `translate(${now.x + 8}px, ${now.y + 8}px)` }} aria-hidden>
      <ArtOnMat asset={file} size={42} look="desk-picture" />
      <span>
        <strong>{now.day ? dayWords(now.day) : t`To a day`}</strong>
        {now.ids.length > 1 && (
          <span className="muted">
            <Trans>{formatCount(now.ids.length)} drafts</Trans>
          </span>
        )}
      </span>
    </div>
  );
}
