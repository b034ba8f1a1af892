import { useRef } from "react";

import { wholeZoom } from "../lib/zoom";
import { useSize } from "../ui/useSize";

/** The size at which a picture is drawn in its box: the largest whole-number zoom, or shrunk to fit. */
export function useZoom(width: number | null, height: number | null) {
  const box = useRef<HTMLDivElement>(null);
  const room = useSize(box);
  const isKnown = width && height && room.width > 0;
  const zoom = isKnown ? wholeZoom(width, height, room.width - 16, room.height - 16, devicePixelRatio) : 0;
  return { box, zoom, width: (width ?? 0) * zoom, height: (height ?? 0) * zoom };
}
