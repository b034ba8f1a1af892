/** How a picture is looked at: how large, and which part of it. The same for pictures that are moved in step. */
import { steppedZoom, integerZoom } from "../lib/zoom";

export interface View {
  /** CSS pixels for one of the picture's; null: as large as it fits. */
  readonly zoom: number | null;
  /** What of the picture is in the middle, as shares of its width and height. */
  readonly x: number;
  readonly y: number;
}

export const FIT: View = { zoom: null, x: 0.5, y: 0.5 };
const SMALLEST = 1 / 32;
const LARGEST = 64;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** As large as it fits a room: by whole pixels where it is small. */
export function fitZoom(picture: Size, room: Size, density: number): number {
  return integerZoom(picture.width, picture.height, room.width, room.height, density);
}

/** One picture pixel is one of the device's. */
export function oneToOne(density: number): number {
  return 1 / density;
}

/** The picture never leaves its room: what is smaller stands in the middle. */
export function held(view: View, picture: Size, room: Size): View {
  if (view.zoom === null) return FIT;
  const share = (at: number, side: number, space: number) => {
    const half = space / 2 / (side * (view.zoom ?? 1));
    return half >= 0.5 ? 0.5 : Math.max(half, Math.min(1 - half, at));
  };
  return {
    zoom: view.zoom,
    x: share(view.x, picture.width, room.width),
    y: share(view.y, picture.height, room.height),
  };
}

/** Another zoom, with what is at this place of the room, from its middle, staying where it is. */
export function zoomedAt(view: View, zoom: number, now: number, picture: Size, place: { x: number; y: number }): View {
  const to = Math.max(SMALLEST, Math.min(LARGEST, zoom));
  const by = (side: number, at: number) => (at / side) * (1 / now - 1 / to);
  return { zoom: to, x: view.x + by(picture.width, place.x), y: view.y + by(picture.height, place.y) };
}

/** Larger, smaller (whole multiples up, halves down), or 1:1. */
export function zoomByKey(key: string, now: number, density: number): number {
  if (key === "=") return oneToOne(density);
  return steppedZoom(now, key === "+" ? 1 : -1, density);
}

/** Moved by so many CSS pixels, as a finger moves it. */
export function panned(view: View, now: number, picture: Size, by: { x: number; y: number }): View {
  return {
    zoom: view.zoom ?? now,
    x: view.x - by.x / (picture.width * now),
    y: view.y - by.y / (picture.height * now),
  };
}
