import { Activity, type ReactNode } from "react";

interface Props {
  /** What is open before the page, if anything is. */
  by: ReactNode;
  children: ReactNode;
}

/** A page, or what is open before it: the page is kept as it was, with one's place in it. */
export function Covered({ by, children }: Props) {
  return (
    <>
      <Activity mode={by ? "hidden" : "visible"}>{children}</Activity>
      {by}
    </>
  );
}
