/** Edits of things that others may change meanwhile. */
import { t } from "@lingui/core/macro";

import { PMDError } from "@pmd/client";

/** What an edit changes, as it was when the user saw it, and what it becomes. */
export interface Edit<T> {
  readonly seen: Partial<T>;
  readonly to: Partial<T>;
}

/** The code of a 412 for an `If-Match` that is out of date. */
export const CHANGED = "changed-since";

/** What an edit changes has been changed by others since the user saw it; nothing is overwritten. */
export class StaleError extends PMDError {
  constructor(
    /** As it is now. */
    readonly now: object,
    /** The fields in question. */
    readonly names: readonly string[],
  ) {
    super(412, t`This was changed elsewhere meanwhile, and stays so. Look at it, and try again.`, { code: CHANGED });
  }
}

export const isSame = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

export const namesOf = <T extends object>(part: T) => Object.keys(part) as (keyof T & string)[];

export const pick = <T extends object>(from: T, names: readonly (keyof T)[]): Partial<T> =>
  Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<T>;

/** The fields of `after` that differ from what was seen. */
export function editOf<T extends object>(before: T, after: Partial<T>): Edit<T> {
  const names = namesOf(after).filter((name) => !isSame(before[name], after[name]));
  return { seen: pick(before, names), to: pick(after as T, names) };
}

/** The fields that others have changed, to something else. */
export const staleIn = <T extends object>({ seen, to }: Edit<T>, now: T) =>
  namesOf(to).filter((name) => !isSame(now[name], seen[name]) && !isSame(now[name], to[name]));
