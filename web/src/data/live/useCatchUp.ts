import { useEffect, useEffectEvent, useRef } from "react";

/** What was read so shortly before the stream opened for the first time is as new as what the stream begins with. */
const RECENT_MS = 1000;

/**
 * Reads a list again once the stream is live: the stream begins with the newest items only, and says nothing of what was
 * removed meanwhile. `readAt`: when the list was last read; 0: not yet.
 */
export function useCatchUp(isLive: boolean, readAt: number, readAgain: () => void): void {
  const wasLive = useRef(false);
  const catchUp = useEffectEvent(() => {
    if (wasLive.current || (readAt > 0 && Date.now() - readAt > RECENT_MS)) readAgain();
    wasLive.current = true;
  });
  useEffect(() => {
    if (isLive) catchUp();
  }, [isLive]);
}
