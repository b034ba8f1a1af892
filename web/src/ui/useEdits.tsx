import "./FormError.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";

import { Button } from "./Button";
import { type Edit, editOf, isSame, namesOf, pick, StaleError } from "./edits";

export interface Edits<T> {
  /** What the form shows: what was not edited here follows what others change. */
  readonly values: T;
  readonly set: (part: Partial<T>) => void;
  /** What differs from what is there. */
  readonly changed: Partial<T>;
  /**
   * Sends the edit, with `more` that the form makes of it. Resolves to false where others have changed the same: that is
   * shown, and saving once more overwrites it.
   */
  readonly save: (send: (edit: Edit<T>) => Promise<unknown>, more?: Partial<T>) => Promise<boolean>;
  /** What others have changed while it was edited here. */
  readonly stale: readonly (keyof T & string)[];
  readonly known: T;
  /** Give up one's own. */
  readonly take: (name: keyof T & string) => void;
}

/** The state of a form over `read`, which others may change meanwhile; `begun` is edited already. */
export function useEdits<T extends object>(read: T, begun: Partial<T> = {}): Edits<T> {
  const [given, setGiven] = useState(read);
  const [known, setKnown] = useState(read);
  const [mine, setMine] = useState(begun);
  // Of what is edited: as it was when that began.
  const [seen, setSeen] = useState(() => pick(read, namesOf(begun) as (keyof T)[]));
  const [stale, setStale] = useState<Edits<T>["stale"]>([]);
  if (!isSame(given, read)) {
    setGiven(read);
    setKnown(read);
  }
  const changed = editOf({ ...known, ...seen }, mine).to;
  return {
    values: { ...known, ...changed },
    set: (part) => {
      const begins = namesOf(part).filter((name) => !(name in changed));
      setSeen({ ...seen, ...pick(known, begins as (keyof T)[]) });
      setMine({ ...mine, ...part });
    },
    changed,
    save: async (send, more = {}) => {
      try {
        await send(editOf({ ...known, ...seen }, { ...mine, ...more }));
      } catch (error) {
        if (!(error instanceof StaleError)) throw error;
        const names = error.names as Edits<T>["stale"];
        const now = pick(error.now as T, namesOf(known) as (keyof T)[]);
        setKnown({ ...known, ...now });
        setSeen({ ...seen, ...pick(now as T, names) });
        setStale(names);
        return false;
      }
      setKnown({ ...known, ...mine, ...more });
      setMine({});
      setSeen({});
      setStale([]);
      return true;
    },
    stale,
    known,
    take: (name) => {
      setMine(pick(mine as T, namesOf(mine).filter((each) => each !== name) as (keyof T)[]));
      setStale(stale.filter((each) => each !== name));
    },
  };
}

type Shown<T> = { readonly [Name in keyof T]?: readonly [label: string, words: (value: T[Name]) => ReactNode] };

interface Props<T> {
  edits: Edits<T>;
  /** How the form names and shows its fields. */
  shown: Shown<T>;
  onTake?: (name: keyof T & string) => void;
}

/** What others have changed beneath a form: each can be taken instead of one's own. */
export function Theirs<T extends object>({ edits: { stale, known, take }, shown, onTake }: Props<T>) {
  const [first] = stale;
  if (first === undefined) return null;
  return (
    <div className="refusal" role="alert">
      <p>
        <Trans>This was changed elsewhere meanwhile. Save again to keep yours, or take what is there now.</Trans>
      </p>
      <ul className="theirs">
        {stale.map((name) => {
          const [label, words] = shown[name] ?? [name, String];
          const theirs = words(known[name]);
          return (
            <li key={name} className="beside">
              <span className="grow">
                {label}: <bdi>{theirs === null || theirs === undefined || theirs === "" ? t`empty` : theirs}</bdi>
              </span>
              <Button
                about={label}
                onClick={() => {
                  take(name);
                  onTake?.(name);
                }}
              >
                <Trans>Take theirs</Trans>
              </Button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
