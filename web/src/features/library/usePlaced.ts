import type { Dispatch, RefObject, SetStateAction } from "react";

import { useElementSize } from "../../ui/useElementSize";
import { type Swipe, useGestures } from "./useGestures";
import { drawnSize, FIT, fitZoom, held, oneToOne, panned, type Size, type View, zoomedAt } from "./view";

interface Options {
  room: RefObject<HTMLElement | null>;
  picture: Size;
  view: View;
  setView: Dispatch<SetStateAction<View>>;
  /** The part of the room that a picture which fits may take. */
  share?: number;
  onSwipe?: (share: number | null) => void;
  onSwiped?: ((swipe: Swipe) => void) | undefined;
}

/** Where a picture stands in its room, how large, and the gestures that zoom and move it; zoom 0 until the room is known. */
export function usePlaced({ room, picture, view, setView, share = 1, onSwipe, onSwiped }: Options) {
  const size = useElementSize(room);
  const inner = { width: size.width * share, height: size.height * share };
  const zoomOf = (now: View) => now.zoom ?? fitZoom(picture, inner, devicePixelRatio);
  const isFit = view.zoom === null;
  // Two pointer events can arrive before a render: each continues from the zoom of the other.
  const zoomBy = (to: (zoom: number) => number, place: { x: number; y: number }) => (now: View) => {
    const before = zoomOf(now);
    return held(zoomedAt(now, to(before), before, picture, place), picture, size);
  };
  useGestures(room, {
    isSwiped: isFit && onSwiped !== undefined,
    onPan: (by) =>
      setView((now) => (now.zoom === null ? now : held(panned(now, now.zoom, picture, by), picture, size))),
    onZoom: (factor, place) => setView(zoomBy((before) => before * factor, place)),
    onTwice: (place) =>
      setView((now) => (now.zoom === null ? zoomBy(() => oneToOne(devicePixelRatio), place)(now) : FIT)),
    onSwipe: (to) => onSwipe?.(to),
    onSwiped: (to) => onSwiped?.(to),
  });
  const zoom = size.width > 0 ? zoomOf(view) : 0;
  const { x, y } = held(view, picture, size);
  const { width, height } = drawnSize(picture, zoom, devicePixelRatio);
  return { zoom, width, height, left: size.width / 2 - x * width, top: size.height / 2 - y * height, room: size };
}
