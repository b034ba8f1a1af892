/** What of the library is shown: all of it stands in the address, so that a view can be kept, sent and gone back to. */
import type { State } from "./schema";
import { STATES } from "./states";

const NAMES = [
  "type",
  "theme",
  "hashtag",
  "provenance",
  "license",
  "upload",
  "rating", // so many stars or more
  "label",
  "folder",
  "q",
] as const;
type Name = (typeof NAMES)[number];

export interface Filters extends Readonly<Record<Name, string>> {
  /** Null: everything but the trash. */
  readonly state: State | null;
}

/** The longest text of a filter; the service takes no more either. */
const LONGEST = 100;
const LONGEST_FOLDER = 600;
/** Files without a licence: the service asks for it by an empty text. */
export const NO_LICENCE = "none";

export const SORTS = ["path", "name", "date", "size", "kind", "rating"] as const;
export type Sort = (typeof SORTS)[number];
export const sortNames: Record<Sort, string> = {
  path: "Folder",
  name: "Name",
  date: "Date",
  size: "Size",
  kind: "Kind",
  rating: "Stars",
};

/** From the address; whatever a stranger wrote there, a filter that does not exist is none. */
export function filtersFrom(search: string): Filters {
  const parameters = new URLSearchParams(search);
  const read = (name: string) => (parameters.get(name) ?? "").slice(0, name === "folder" ? LONGEST_FOLDER : LONGEST);
  return { ...textsOf(read), state: STATES.find((state) => state === read("state")) ?? null };
}

const textsOf = (read: (name: Name) => string) =>
  Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<Name, string>;

export const noFilters: Filters = { ...textsOf(() => ""), state: null };

/** For the address: null takes a part away. */
export function queryOf(filters: Filters): Record<string, string | null> {
  return Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, value === "" ? null : value]));
}

/** In which order: by folder where nothing else is asked for. */
export function sortFrom(search: string): { sort: Sort; isTurned: boolean } {
  const parameters = new URLSearchParams(search);
  const asked = parameters.get("sort") ?? "";
  const sort = SORTS.find((each) => each === asked.replace("-", "")) ?? "path";
  return { sort, isTurned: asked.startsWith("-") };
}

/** What the service does by itself. */
const DESCENDING = new Set<Sort>(["date", "size", "rating"]);

export function orderOf({ sort, isTurned }: ReturnType<typeof sortFrom>): Record<string, string> {
  return { sort, order: DESCENDING.has(sort) === isTurned ? "asc" : "desc" };
}

/** For the service. */
export function parametersOf(filters: Filters): Record<string, string> {
  const q = filters.q.trim();
  const set = Object.entries({ ...filters, q }).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(
    set.map(([name, value]) => [name, name === "license" && value === NO_LICENCE ? "" : value]),
  );
}

/** Words in the search that are filters: "#sea", "in:sprites", "stars:3", "label:6"; the rest is searched for. */
export function withoutTokens(text: string): { q: string; tokens: Partial<Filters> } {
  const tokens: Record<string, string> = {};
  const names: Record<string, Name> = { "#": "hashtag", "in:": "folder", "stars:": "rating", "label:": "label" };
  const q = text.replace(
    /(^|\s)(#|in:|stars:|label:)(\S+)\s/gi,
    (whole, before: string, sign: string, value: string) => {
      const name = names[sign.toLowerCase()];
      if (!name || (name === "rating" && !/^[1-5]$/.test(value)) || (name === "label" && !/^[6-9]$/.test(value)))
        return whole;
      tokens[name] = value;
      return before;
    },
  );
  return { q, tokens };
}

/** How many filters stand between the visitor and everything, the state not counted. */
export function countFilters(filters: Filters): number {
  return NAMES.filter((name) => filters[name].trim() !== "").length;
}
