import { useLayoutEffect, useRef } from "react";

import { toast } from "./toast";

interface Late {
  /** What was done. */
  readonly text: string;
  readonly action: { label: string; onClick: () => void };
}

/** Whether this is still shown when an answer comes: no longer after a dialog was closed or another page opened. */
export function useIsShown(): () => boolean {
  const isShown = useRef(false);
  // Also ended where it is kept, but hidden behind an overlay.
  useLayoutEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  return () => isShown.current;
}

/**
 * Runs what follows from an answer only while this is still shown: one that comes late, after a dialog was closed or
 * another page opened, must not carry the user away from there. A notice says then what was done, and leads there.
 */
export function useIfShown(): (follow: () => void, late?: Late) => void {
  const isShown = useIsShown();
  return (follow, late) => {
    if (isShown()) follow();
    else if (late) toast.success(late.text, { action: late.action });
  };
}
