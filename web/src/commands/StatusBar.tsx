import "./StatusBar.css";

import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { createPortal } from "react-dom";

import { formatCount } from "../platform/format";
import { shortcutOf } from "./keymap";
import { createStore, useStore } from "../platform/store";
import { Progress } from "../ui/Progress";
import { useHints } from "./commands";

/** Portal targets, once the status bar has mounted. */
const textSlot = createStore<HTMLElement | null>(null);
const progressSlot = createStore<HTMLElement | null>(null);
const setTextSlot = (element: HTMLElement | null) => textSlot.set(element);
const setProgressSlot = (element: HTMLElement | null) => progressSlot.set(element);

/** The status bar of every page: what is listed, shortcut hints, and background progress. */
export function StatusBar() {
  const hints = useHints();
  return (
    <footer className="foot">
      <span className="foot-words beside" ref={setTextSlot} />
      <span className="foot-keys" aria-hidden>
        {hints.map(([name, hint]) => (
          <span key={name}>
            {shortcutOf(name).keycaps.map((key) => (/^\w|[↑↓←→=#?/]/.test(key) ? <kbd key={key}>{key}</kbd> : key))}{" "}
            {hint}
          </span>
        ))}
      </span>
      <span className="foot-progress beside" ref={setProgressSlot} />
    </footer>
  );
}

/** What is listed: "412 files in sprites". */
export function StatusText({ children }: { children: ReactNode }) {
  const place = useStore(textSlot);
  return place && createPortal(<span>{children}</span>, place);
}

/** At the end: what the page does by itself, "Saved 14:32:08". */
export function StatusNote({ children }: { children: ReactNode }) {
  const place = useStore(progressSlot);
  return place && createPortal(children, place);
}

interface ProgressProps {
  /** The work in progress: "Looking at arcade". */
  what: ReactNode;
  label: string;
  value: number;
  max: number;
}

/** Background work and its progress. */
export function StatusProgress({ what, label, value, max }: ProgressProps) {
  const place = useStore(progressSlot);
  return (
    place &&
    createPortal(
      <>
        <span className="cut">{what}</span>
        <Progress label={label} value={value} max={max} />
        <span className="numbers">
          <Trans>
            {formatCount(value)} of {formatCount(max)}
          </Trans>
        </span>
      </>,
      place,
    )
  );
}
