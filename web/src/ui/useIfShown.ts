import { useLayoutEffect, useRef } from "react";

/**
 * Runs what follows from an answer only while this is still shown: one that comes late, after a dialog was closed or
 * another page opened, must not carry the user away from there.
 */
export function useIfShown(): (follow: () => void) => void {
  const isShown = useRef(false);
  // Also ended where it is kept, but hidden behind an overlay.
  useLayoutEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  return (follow) => {
    if (isShown.current) follow();
  };
}
