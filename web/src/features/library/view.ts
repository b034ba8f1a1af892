/** Zoom and position of a picture. Pictures whose views are synced share one. */
import { steppedZoom, integerZoom } from "../../platform/zoom";

export interface View {
  /** CSS pixels per picture pixel; null: fit. */
  readonly zoom: number | null;
  /** The point at the centre of the stage, as fractions of width and height. */
  readonly x: number;
  readonly y: number;
}

export const FIT: View = { zoom: null, x: 0.5, y: 0.5 };
const SMALLEST = 1 / 32;
const LARGEST = 64;
/** Fraction of the picture that one key press pans. */
const PAN = 0.1;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The zoom at which it fits; whole multiples for small pictures. */
export function fitZoom(picture: Size, room: Size, density: number): number {
  return integerZoom(picture.width, picture.height, room.width, room.height, density);
}

/** Its size in CSS pixels; what is 1 × 20,000 stays in sight where it fits. */
export function drawnSize(picture: Size, zoom: number, density: number): Size {
  const drawn = (side: number) => Math.max(side * zoom, 1 / density);
  return { width: drawn(picture.width), height: drawn(picture.height) };
}

/** One picture pixel per device pixel. */
export function oneToOne(density: number): number {
  return 1 / density;
}

/** Clamp the position: a picture smaller than the stage is centred. */
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

/** Zoom around a point, given relative to the stage's centre. */
export function zoomedAt(view: View, zoom: number, now: number, picture: Size, place: { x: number; y: number }): View {
  const to = Math.max(SMALLEST, Math.min(LARGEST, zoom));
  const by = (side: number, at: number) => (at / side) * (1 / now - 1 / to);
  return { zoom: to, x: view.x + by(picture.width, place.x), y: view.y + by(picture.height, place.y) };
}

/** Zoom in (whole multiples), out (halves), or to 1:1. */
export function zoomByKey(key: string, now: number, density: number): number {
  if (key === "=") return oneToOne(density);
  return steppedZoom(now, key === "+" ? 1 : -1, density);
}

/** Pan by a tenth of the picture. */
export function pannedByKey(view: View, key: string, now: number): View {
  return {
    zoom: view.zoom ?? now,
    x: view.x + (key.endsWith("Right") ? PAN : key.endsWith("Left") ? -PAN : 0),
    y: view.y + (key.endsWith("Down") ? PAN : key.endsWith("Up") ? -PAN : 0),
  };
}

/** Pan by CSS pixels. */
export function panned(view: View, now: number, picture: Size, by: { x: number; y: number }): View {
  return {
    zoom: view.zoom ?? now,
    x: view.x - by.x / (picture.width * now),
    y: view.y - by.y / (picture.height * now),
  };
}
