/** Where the pictures of a pack's cover lie; the service draws the same (`media/engines/contact_sheet.py`). */
import { isPixelArt } from "../../data/assets/pixelArt";
import type { Cover, CoverPicture, PackedAsset } from "./schema";

/** `zoom` is about a cover of this width, CSS pixels. */
const COVER_WIDTH = 640;
/** A picture this much wider than high fills the cover. */
const LANDSCAPE = 1.25;
/** The part of the cover that a picture on a mat takes at most. */
const INSIDE = 0.86;

export interface Box {
  readonly width: number;
  readonly height: number;
}

type Measured = Pick<CoverPicture, "width" | "height">;

/** This picture as a cover, placed as usual. */
export const coverOf = (id: number): Cover => ({ asset_id: id, zoom: null, x: 0.5, y: 0.5, mat: "auto" });

export const pictureOf = ({ asset_id: id, ...asset }: PackedAsset) => ({ ...asset, id });

/** The size at which a picture is drawn on a cover of this size: pixel art by whole multiples. */
export function drawnSize({ width, height }: Measured, cover: Pick<Cover, "zoom"> | null, box: Box): Box {
  if (!width || !height) return { width: box.width * INSIDE, height: box.height * INSIDE };
  const scale = scaleOf({ width, height }, cover, box);
  return { width: width * scale, height: height * scale };
}

function scaleOf(picture: Box, cover: Pick<Cover, "zoom"> | null, box: Box): number {
  const isArt = isPixelArt(picture.width, picture.height);
  if (cover?.zoom) {
    const scale = (cover.zoom * box.width) / COVER_WIDTH;
    return isArt ? Math.max(1, Math.round(scale)) : scale;
  }
  const fills = Math.max(box.width / picture.width, box.height / picture.height);
  if (cover && isLandscape(picture)) return isArt ? Math.ceil(fills - 1e-6) : fills;
  const fits = Math.min((box.width * INSIDE) / picture.width, (box.height * INSIDE) / picture.height);
  return fits >= 1 && isArt ? Math.floor(fits) : fits;
}

const isLandscape = ({ width, height }: Box) => width >= height * LANDSCAPE;

/** From the cover's corner to the picture's. */
export function placeOf(drawn: Box, { x, y }: Pick<Cover, "x" | "y">, box: Box): { left: number; top: number } {
  return { left: Math.round((box.width - drawn.width) * x), top: Math.round((box.height - drawn.height) * y) };
}

/** The share that puts the picture by `by` pixels elsewhere; unchanged where there is no room to move. */
export function moved(share: number, by: number, drawn: number, box: number): number {
  const room = box - drawn;
  return Math.abs(room) < 1 ? share : Math.min(1, Math.max(0, share + by / room));
}

/** Four whole multiples to choose from, about the one that shows all of the picture or fills the cover. */
export function zoomsFor(picture: Measured): number[] {
  const { width, height } = picture;
  if (!width || !height || !isPixelArt(width, height)) return [1, 2, 3, 4];
  const box = { width: COVER_WIDTH, height: (COVER_WIDTH * 9) / 16 };
  const usual = scaleOf({ width, height }, { zoom: null }, box);
  const first = Math.max(1, Math.round(usual) - 1);
  return [first, first + 1, first + 2, first + 4];
}
