import { Activity, type ReactNode } from "react";

interface Props {
  /** The overlay, if one is open. */
  by: ReactNode;
  children: ReactNode;
}

/** A page or the overlay in front of it; the hidden page keeps its state and scroll position. */
export function KeepMounted({ by, children }: Props) {
  return (
    <>
      <Activity mode={by ? "hidden" : "visible"}>{children}</Activity>
      {by}
    </>
  );
}
