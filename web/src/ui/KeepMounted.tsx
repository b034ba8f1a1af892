import { Activity, type ReactNode } from "react";

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
