/** What an access key may do, in words; the API's names are nobody's but programs'. */
import { t } from "@lingui/core/macro";

import type { Scope } from "./schema";

interface Words {
  /** Beside its checkbox. */
  readonly text: string;
  /** In a list of keys. */
  readonly short: string;
  readonly note?: string;
  /** Without these it is of little use. */
  readonly needs?: readonly Scope[];
}

const DELETES = t`Can’t be undone. A key that may do this ends after 30 days.`;

const SCOPES = {
  "posts:read": { text: t`See your posts, their numbers and comments`, short: t`See posts` },
  "posts:write": {
    text: t`Publish posts, change texts and licences, hide`,
    short: t`Change posts`,
    needs: ["library:read"],
  },
  "posts:delete": {
    text: t`Delete posts`,
    short: t`Delete posts`,
    note: t`They can be restored until the site removes them. A key that may do this ends after 30 days.`,
  },
  "library:read": { text: t`See your library and tasks`, short: t`See library` },
  "library:write": {
    text: t`Sort and change files, run tasks, use the trash`,
    short: t`Change library`,
    note: t`What is in the trash can be restored.`,
  },
  "library:delete": { text: t`Delete files for good`, short: t`Delete files`, note: DELETES },
  "uploads:read": { text: t`See uploads and their reports`, short: t`See uploads` },
  "uploads:write": { text: t`Upload files`, short: t`Upload files` },
  "packs:read": { text: t`See and download packs`, short: t`Download packs` },
  "packs:write": { text: t`Build and share packs`, short: t`Build packs`, needs: ["library:read"] },
  "packs:delete": { text: t`Delete packs`, short: t`Delete packs`, note: DELETES },
  "downloads:read": { text: t`Fetch downloads that were made`, short: t`Fetch downloads` },
  "downloads:write": { text: t`Make and share downloads of posts`, short: t`Make downloads`, needs: ["posts:read"] },
} as const satisfies Record<Scope, Words>;

/** One that is newer than this page has its name alone. */
export const wordsOf = (scope: Scope): Words =>
  (SCOPES as Readonly<Partial<Record<Scope, Words>>>)[scope] ?? { text: scope, short: scope };

/** In display order. */
const ALL = Object.keys(SCOPES) as Scope[];

export const GROUPS = [
  [t`Posts`, "posts"],
  [t`Library`, "library"],
  [t`Uploads`, "uploads"],
  [t`Packs`, "packs"],
  [t`Downloads`, "downloads"],
] as const;

const kindOf = (scope: Scope) => scope.split(":")[0] ?? "";
export const ofKind = (kind: string) => ALL.filter((scope) => kindOf(scope) === kind);
export const deletes = (scope: Scope) => scope.endsWith(":delete");
const reads = (scope: Scope) => scope.endsWith(":read");

/** The chosen scopes after a click: what changes things needs to see them, and may need others. */
export function toggled(chosen: readonly Scope[], scope: Scope, isOn: boolean): Scope[] {
  const read = `${kindOf(scope)}:read`;
  const wanted = isOn
    ? new Set<string>([...chosen, scope, read, ...(wordsOf(scope).needs ?? [])])
    : new Set<string>(chosen.filter((each) => each !== scope && !(reads(scope) && kindOf(each) === kindOf(scope))));
  return ALL.filter((each) => wanted.has(each));
}

/** What a list shows: to see things goes without saying where they may be changed. */
export function shown(scopes: readonly Scope[]): Scope[] {
  const changed = new Set(scopes.filter((scope) => !reads(scope)).map(kindOf));
  return [...new Set([...ALL, ...scopes])].filter(
    (scope) => scopes.includes(scope) && !(reads(scope) && changed.has(kindOf(scope))),
  );
}
