import { useEffect, useState } from "react";

import { useMediaQuery } from "../../ui/useMediaQuery";
import type { Asset } from "../../data/assets/schema";

/** How long each frame of a sequence is shown. */
export const FRAME_MS = 120;

/** The frame that is shown now, and null while it stands still: not wanted, or not under reduced motion. */
export function usePlayed(frames: readonly Asset[], isPlaying: boolean): Asset | null {
  const [at, setAt] = useState(0);
  const isStill = useMediaQuery("(prefers-reduced-motion: reduce)");
  const count = frames.length;
  const isOn = isPlaying && !isStill && count > 1;
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => setAt((now) => (now + 1) % count), FRAME_MS);
    return () => clearInterval(timer);
  }, [isOn, count]);
  return isOn ? (frames[at % count] ?? null) : null;
}
