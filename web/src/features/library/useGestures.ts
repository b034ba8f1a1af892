import { type RefObject, useEffect, useEffectEvent } from "react";

/** A swipe counts from this share of the width on; a shorter one snaps back. */
const DECIDED = 0.25;
/** The maximum time between the taps of a double tap. */
const TWICE_MS = 300;
const SLOP = 8;

export type Swipe = "right" | "left" | "up";

interface Gestures {
  /** Whether one finger swipes to judge (the whole picture is visible) or pans. */
  isSwiped: boolean;
  onPan: (by: { x: number; y: number }) => void;
  /** Zoom by this factor around this point, relative to the stage's centre. */
  onZoom: (factor: number, place: { x: number; y: number }) => void;
  onTwice: (place: { x: number; y: number }) => void;
  /** The position of a swipe, -1 to 1 of the width; null when it has ended. */
  onSwipe: (share: number | null) => void;
  onSwiped: (swipe: Swipe) => void;
}

interface Finger {
  x: number;
  y: number;
}

/** Wheel, drag, pinch, double tap and swipe on a picture. */
export function useGestures(room: RefObject<HTMLElement | null>, gestures: Gestures): void {
  const on = useEffectEvent(<Name extends keyof Gestures>(name: Name) => gestures[name]);
  useEffect(() => {
    const element = room.current;
    if (!element) return;
    const fingers = new Map<number, Finger>();
    let begun: Finger | null = null;
    let tapped = 0;
    let isMoved = false;
    let isTouch = false;

    const placeOf = ({ x, y }: Finger) => {
      const box = element.getBoundingClientRect();
      return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
    };
    const spread = () => {
      const [one, other] = [...fingers.values()];
      if (!one || !other) return null;
      return {
        x: (one.x + other.x) / 2,
        y: (one.y + other.y) / 2,
        apart: Math.hypot(one.x - other.x, one.y - other.y),
      };
    };
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      on("onZoom")(2 ** (-event.deltaY / (event.deltaMode === 0 ? 300 : 10)), placeOf(event));
    };
    const onDown = (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest("button, a, input, video")) return;
      element.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      begun = fingers.size === 1 ? { x: event.clientX, y: event.clientY } : null;
      isMoved = false;
      isTouch = event.pointerType === "touch";
    };
    const onMove = (event: PointerEvent) => {
      const finger = fingers.get(event.pointerId);
      if (!finger) return;
      const before = spread();
      const by = { x: event.clientX - finger.x, y: event.clientY - finger.y };
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const after = spread();
      if (before && after) {
        on("onZoom")(after.apart / Math.max(1, before.apart), placeOf(after));
        on("onPan")({ x: after.x - before.x, y: after.y - before.y });
        return;
      }
      if (!begun) return;
      isMoved ||= Math.hypot(event.clientX - begun.x, event.clientY - begun.y) > SLOP;
      if (isTouch && on("isSwiped")) on("onSwipe")((event.clientX - begun.x) / element.clientWidth);
      else on("onPan")(by);
    };
    const onUp = (event: PointerEvent) => {
      const finger = fingers.get(event.pointerId);
      fingers.delete(event.pointerId);
      if (!finger || !begun) return;
      const by = { x: finger.x - begun.x, y: finger.y - begun.y };
      begun = null;
      on("onSwipe")(null);
      if (isTouch && on("isSwiped") && event.type === "pointerup") {
        if (Math.abs(by.x) > element.clientWidth * DECIDED) on("onSwiped")(by.x > 0 ? "right" : "left");
        else if (-by.y > element.clientHeight * DECIDED) on("onSwiped")("up");
      }
      if (isMoved) return;
      const now = event.timeStamp;
      if (now - tapped < TWICE_MS) on("onTwice")(placeOf(finger));
      tapped = now;
    };
    const watching = new AbortController();
    const { signal } = watching;
    element.addEventListener("wheel", onWheel, { signal, passive: false });
    element.addEventListener("pointerdown", onDown, { signal });
    element.addEventListener("pointermove", onMove, { signal });
    element.addEventListener("pointerup", onUp, { signal });
    element.addEventListener("pointercancel", onUp, { signal });
    return () => watching.abort();
  }, [room]);
}
