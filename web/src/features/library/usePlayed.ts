import { useEffect, useState } from "react";

import { pictureSource } from "../../data/assets/AssetPicture";
import type { Asset } from "../../data/assets/schema";
import { noteLoaded } from "../../ui/useLazyImage";
import { useMediaQuery } from "../../ui/useMediaQuery";

/** How long each frame of a sequence is shown. */
export const FRAME_MS = 120;
/** Until the next one is tried after one that cannot be fetched: the store may be away. */
const FAILED_MS = 2000;

/**
 * The frame that is shown now at this size, and null while it stands still: not wanted, or not under reduced motion. A
 * frame's turn comes once its picture is there: frames that are fetched as they pass would never arrive.
 */
export function usePlayed(frames: readonly Asset[], isPlaying: boolean, size: number): Asset | null {
  const [at, setAt] = useState(0);
  const isStill = useMediaQuery("(prefers-reduced-motion: reduce)");
  const count = frames.length;
  const isOn = isPlaying && !isStill && count > 1;
  const sources = frames.map((frame) => pictureSource(frame, size)).join(" ");
  useEffect(() => {
    if (!isOn) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const all = sources.split(" ");
    const turnTo = (place: number) => {
      const source = all[place] ?? "";
      const image = new Image();
      const next = (pause: number) => {
        if (!isOver) timer = setTimeout(turnTo, pause, (place + 1) % all.length);
      };
      image.src = source;
      image.decode().then(
        () => {
          noteLoaded(source);
          if (!isOver) setAt(place);
          next(FRAME_MS);
        },
        () => next(FAILED_MS),
      );
    };
    timer = setTimeout(turnTo, FRAME_MS, 1);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isOn, sources]);
  return isOn ? (frames[at % count] ?? null) : null;
}
