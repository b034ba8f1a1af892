import type { ReactNode } from "react";
import { createPortal } from "react-dom";

import { lineOf } from "../lib/keymap";
import { createStore, useStore } from "../lib/store";
import { Progress } from "./Progress";
import { useOfferedNames } from "./acts";

/** Where in the foot these stand, once it is there. */
const wordsPlace = createStore<HTMLElement | null>(null);
const progressPlace = createStore<HTMLElement | null>(null);
const placeWords = (element: HTMLElement | null) => wordsPlace.set(element);
const placeProgress = (element: HTMLElement | null) => progressPlace.set(element);

/** The foot of every page: what is listed, the keys that work here, and what goes on. */
export function FootBar() {
  const names = useOfferedNames();
  return (
    <footer className="foot">
      <span className="foot-words beside" ref={placeWords} />
      <span className="foot-keys" aria-hidden>
        {names.map((name) => {
          const { hint, shown } = lineOf(name);
          return (
            hint && (
              <span key={name}>
                {shown.map((key) => (/^\w|[↑↓#?/]/.test(key) ? <kbd key={key}>{key}</kbd> : key))} {hint}
              </span>
            )
          );
        })}
      </span>
      <span className="foot-progress beside" ref={placeProgress} />
    </footer>
  );
}

/** What is listed here: "412 files in sprites". */
export function Foot({ children }: { children: ReactNode }) {
  const place = useStore(wordsPlace);
  return place && createPortal(<span>{children}</span>, place);
}

interface ProgressProps {
  /** What goes on: "Looking at arcade". */
  what: ReactNode;
  label: string;
  value: number;
  max: number;
}

/** What goes on beside the list, and how far it has got. */
export function FootProgress({ what, label, value, max }: ProgressProps) {
  const place = useStore(progressPlace);
  return (
    place &&
    createPortal(
      <>
        <span className="cut">{what}</span>
        <Progress label={label} value={value} max={max} />
        <span className="numbers">
          {value} of {max}
        </span>
      </>,
      place,
    )
  );
}
