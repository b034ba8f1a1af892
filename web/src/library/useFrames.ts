import { useEffect, useEffectEvent } from "react";

/** Do something at every frame of the screen, while it is wanted. */
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
