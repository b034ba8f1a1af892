import "./FormError.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";

import { Button } from "./Button";
import { type Edit, editOf, isSame, namesOf, pick, StaleError } from "./edits";
import { useIsShown } from "./useIfShown";

export interface Edits<T> {
  /** What the form shows: what was not edited here follows what others change. */
  readonly values: T;
  readonly set: (part: Partial<T>) => void;
  /** What differs from what is there. */
  readonly changed: Partial<T>;
  /**
   * Sends the edit, with `more` that the form makes of it. Resolves to false where others have changed the same: that is
   * shown, and saving once more overwrites it. Where the form was closed meanwhile, it is an error like any other.
   */
  readonly save: (send: (edit: Edit<T>) => Promise<unknown>, more?: Partial<T>) => Promise<boolean>;
  /** What others have changed while it was edited here. */
  readonly stale: readonly (keyof T & string)[];
  readonly known: T;
  /** Give up one's own. */
  readonly take: (name: keyof T & string) => void;
}

const picked = <T extends object>(from: Partial<T>, names: readonly string[]) => pick(from as T, names as (keyof T)[]);

/** The state of a form over `read`, which others may change meanwhile; `begun` is edited already. */
export function useEdits<T extends object>(read: T, begun: Partial<T> = {}): Edits<T> {
  const [given, setGiven] = useState(read);
  const [known, setKnown] = useState(read);
  /** What was edited, and as it was when that began. */
  const [{ mine, seen }, setOwn] = useState({ mine: begun, seen: picked(read, namesOf(begun)) });
  const [stale, setStale] = useState<Edits<T>["stale"]>([]);
  const isShown = useIsShown();
  if (!isSame(given, read)) {
    setGiven(read);
    setKnown(read);
  }
  const changed = editOf({ ...known, ...seen }, mine).to;
  return {
    values: { ...known, ...changed },
    set: (part) => {
      const begins = namesOf(part).filter((name) => !(name in changed));
      setOwn((own) => ({ mine: { ...own.mine, ...part }, seen: { ...own.seen, ...picked(known, begins) } }));
    },
    changed,
    save: async (send, more = {}) => {
      const sent = { ...mine, ...more };
      try {
        await send(editOf({ ...known, ...seen }, sent));
      } catch (error) {
        if (!(error instanceof StaleError) || !isShown()) throw error;
        const names = error.names as Edits<T>["stale"];
        const now = picked(error.now as T, namesOf(known));
        setKnown((all) => ({ ...all, ...now }));
        setOwn((own) => ({ ...own, seen: { ...own.seen, ...picked(now, names) } }));
        setStale(names);
        return false;
      }
      setKnown((all) => ({ ...all, ...sent }));
      // What was typed meanwhile is an edit of what has been saved.
      setOwn((own) => {
        const left = namesOf(own.mine).filter((name) => !isSame(own.mine[name], mine[name]));
        return { mine: picked(own.mine, left), seen: picked({ ...own.seen, ...sent }, left) };
      });
      setStale([]);
      return true;
    },
    stale,
    known,
    take: (name) => {
      setOwn((own) => ({
        ...own,
        mine: picked(
          own.mine,
          namesOf(own.mine).filter((each) => each !== name),
        ),
      }));
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
