import { useEffect, useRef, useState } from "react";

import { wholeZoom } from "../lib/zoom";

/** The size at which a picture is drawn in its box: the largest whole-number zoom, or shrunk to fit. */
export function useZoom(width: number | null, height: number | null) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setRoom({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  const zoom =
    width && height && room.width > 0
      ? wholeZoom(width, height, room.width - 16, room.height - 16, devicePixelRatio)
      : 0;
  return { box, zoom, width: (width ?? 0) * zoom, height: (height ?? 0) * zoom };
}
