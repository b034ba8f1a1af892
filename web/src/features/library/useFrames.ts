import { useEffect, useEffectEvent } from "react";

/** Call back on every animation frame while active. */
export function useFrames(isWanted: boolean, work: () => void): void {
  const draw = useEffectEvent(work);
  useEffect(() => {
    if (!isWanted) return;
    let frame = requestAnimationFrame(function next() {
      draw();
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [isWanted]);
}
