import { Activity, type ReactNode, useEffect, useLayoutEffect, useRef } from "react";

import { focusShown } from "../platform/keptFocus";
import { Boundary } from "./Boundary";
import { BrokenPage } from "./Lazy";

interface Props {
  /** The overlay, if one is open. */
  by: ReactNode;
  /** Closes the overlay, where it cannot be shown. */
  onClose: () => void;
  children: ReactNode;
}

/** A page or the overlay in front of it; the hidden page keeps its state and scroll position. */
export function KeepMounted({ by, onClose, children }: Props) {
  const isCovered = Boolean(by);
  const wasCovered = useRef(isCovered);
  const before = useRef<Element | null>(null);
  // What is hidden has the focus still.
  useLayoutEffect(() => {
    if (isCovered && !wasCovered.current) before.current = document.activeElement;
  }, [isCovered]);
  useEffect(() => {
    if (isCovered === wasCovered.current) return;
    wasCovered.current = isCovered;
    focusShown(isCovered ? null : before.current);
  }, [isCovered]);
  return (
    <>
      <Activity mode={by ? "hidden" : "visible"}>{children}</Activity>
      {by && (
        <Boundary
          fallback={(retry) => (
            <BrokenPage
              onClose={() => {
                onClose();
                retry();
              }}
            />
          )}
        >
          {by}
        </Boundary>
      )}
    </>
  );
}
