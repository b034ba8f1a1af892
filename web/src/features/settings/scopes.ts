/** What an access key may do, in words; the API's names are nobody's but programs'. */
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

const DELETES = "Can’t be undone. A key that may do this ends after 30 days.";

export const SCOPES = {
  "posts:read": { text: "See your posts, their numbers and comments", short: "See posts" },
  "posts:write": {
    text: "Publish posts, change texts and licences, hide",
    short: "Change posts",
    needs: ["library:read"],
  },
  "posts:delete": {
    text: "Delete posts",
    short: "Delete posts",
    note: "They can be restored until the site removes them. A key that may do this ends after 30 days.",
  },
  "library:read": { text: "See your library and tasks", short: "See library" },
  "library:write": {
    text: "Sort and change files, run tasks, use the trash",
    short: "Change library",
    note: "What is in the trash can be restored.",
  },
  "library:delete": { text: "Delete files for good", short: "Delete files", note: DELETES },
  "uploads:read": { text: "See uploads and their reports", short: "See uploads" },
  "uploads:write": { text: "Upload files", short: "Upload files" },
  "packs:read": { text: "See and download packs", short: "Download packs" },
  "packs:write": { text: "Build and share packs", short: "Build packs", needs: ["library:read"] },
  "packs:delete": { text: "Delete packs", short: "Delete packs", note: DELETES },
  "downloads:read": { text: "Fetch downloads that were made", short: "Fetch downloads" },
  "downloads:write": { text: "Make and share downloads of posts", short: "Make downloads", needs: ["posts:read"] },
} as const satisfies Record<Scope, Words>;

export const wordsOf = (scope: Scope): Words => SCOPES[scope];

/** In display order. */
export const ALL = Object.keys(SCOPES) as Scope[];

export const GROUPS = [
  ["Posts", "posts"],
  ["Library", "library"],
  ["Uploads", "uploads"],
  ["Packs", "packs"],
  ["Downloads", "downloads"],
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
  return ALL.filter((scope) => scopes.includes(scope) && !(reads(scope) && changed.has(kindOf(scope))));
}
