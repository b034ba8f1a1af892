/** The library's filters, all of them in the address, so that a view can be bookmarked, shared and returned to. */
import type { State } from "../../data/assets/schema";
import { STATES } from "./states";

const NAMES = [
  "type",
  "theme",
  "hashtag",
  "provenance",
  "license",
  "upload",
  "rating", // this many stars or more
  "label",
  "folder",
  "q",
] as const;
type Name = (typeof NAMES)[number];

export interface Filters extends Readonly<Record<Name, string>> {
  /** Null: everything but the trash. */
  readonly state: State | null;
}

/** The service's limit for a filter's text. */
const LONGEST = 100;
const LONGEST_FOLDER = 600;
/** Files without a licence; the service expects an empty text for it. */
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

/** Parse the address; unknown values are ignored. */
export function filtersFrom(search: string): Filters {
  const parameters = new URLSearchParams(search);
  const read = (name: string) => (parameters.get(name) ?? "").slice(0, name === "folder" ? LONGEST_FOLDER : LONGEST);
  return { ...textsOf(read), state: STATES.find((state) => state === read("state")) ?? null };
}

const textsOf = (read: (name: Name) => string) =>
  Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<Name, string>;

export const noFilters: Filters = { ...textsOf(() => ""), state: null };

/** For the address; null removes a parameter. */
export function queryOf(filters: Filters): Record<string, string | null> {
  return Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, value === "" ? null : value]));
}

/** The sort order; by folder by default. */
export function sortFrom(search: string): { sort: Sort; isDescending: boolean } {
  const parameters = new URLSearchParams(search);
  const asked = parameters.get("sort") ?? "";
  const sort = SORTS.find((each) => each === asked.replace("-", "")) ?? "path";
  return { sort, isDescending: asked.startsWith("-") };
}

/** The service's default order. */
const DESCENDING = new Set<Sort>(["date", "size", "rating"]);

export function orderOf({ sort, isDescending }: ReturnType<typeof sortFrom>): Record<string, string> {
  return { sort, order: DESCENDING.has(sort) === isDescending ? "asc" : "desc" };
}

/** Query parameters for the service. */
export function parametersOf(filters: Filters): Record<string, string> {
  const q = filters.q.trim();
  const set = Object.entries({ ...filters, q }).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(
    set.map(([name, value]) => [name, name === "license" && value === NO_LICENCE ? "" : value]),
  );
}

/** Filters typed into the search: "#sea", "in:sprites", "stars:3", "label:6"; the rest is the search text. */
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

/** The number of active filters, not counting the state. */
export function countFilters(filters: Filters): number {
  return NAMES.filter((name) => filters[name].trim() !== "").length;
}

/** Whether the list has folder headings, and stacks derived files on their original. */
export function groupsFolders({ q }: Filters, sort: Sort): boolean {
  return sort === "path" && q.trim() === "";
}
