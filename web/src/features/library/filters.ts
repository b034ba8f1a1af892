/** The library's filters, all of them in the address, so that a view can be bookmarked, shared and returned to. */
import { t } from "@lingui/core/macro";

import { type Parameters, readParameters } from "../../platform/parameters";

const NAMES = [
  "q",
  "type",
  "theme",
  "hashtag",
  "provenance",
  "license",
  "upload_id",
  "rating",
  "label",
  "folder",
] as const;
type Name = (typeof NAMES)[number];
export const FILTERS = [...NAMES, "state"] as const;
/** As in the URL. */
export type Filters = Pick<Parameters<"library">, (typeof FILTERS)[number]>;
export const noFilters: Filters = readParameters("library", "", FILTERS);

/** The service's limit for a filter's text; for a folder's it is the address's. */
const LONGEST = 100;
/** Files without a licence; the service expects an empty text for it. */
export const NO_LICENCE = "none";

export const SORTS = ["path", "name", "date", "size", "kind", "rating"] as const;
export type Sort = (typeof SORTS)[number];
export const sortNames: Record<Sort, string> = {
  path: t`Folder`,
  name: t`Name`,
  date: t`Date`,
  size: t`Size`,
  kind: t`Kind`,
  rating: t`Stars`,
};

/** The sort order, as in the address: `size`, or `-size` for the other way round; by folder by default. */
export function sortFrom(asked: string): { sort: Sort; isDescending: boolean } {
  const sort = SORTS.find((each) => each === asked.replace("-", "")) ?? "path";
  return { sort, isDescending: asked.startsWith("-") };
}

/** The service's default order. */
const DESCENDING = new Set<Sort>(["date", "size", "rating"]);

export function orderOf({ sort, isDescending }: ReturnType<typeof sortFrom>): Record<string, string> {
  return { sort, order: DESCENDING.has(sort) === isDescending ? "asc" : "desc" };
}

/** The other way round, as in the address. */
export function sortTextOf(sort: Sort, order: string | null | undefined): string {
  const isTurned = (order ?? (DESCENDING.has(sort) ? "desc" : "asc")) === (DESCENDING.has(sort) ? "asc" : "desc");
  return isTurned ? `-${sort}` : sort;
}

/** Query parameters for the service. */
export function parametersOf(filters: Filters): Record<string, string> {
  const q = filters.q.trim();
  const set = Object.entries({ ...filters, q }).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const textOf = (name: string, value: string) => (name === "folder" ? value : value.slice(0, LONGEST));
  return Object.fromEntries(
    set.map(([name, value]) => [name, name === "license" && value === NO_LICENCE ? "" : textOf(name, value)]),
  );
}

/** Filters typed into the search: "#sea", "in:sprites", "stars:3", "label:6"; the rest is the search text. */
export function withoutTokens(text: string): { q: string; tokens: Partial<Filters> } {
  const tokens: Record<string, string> = {};
  const names: Record<string, Name> = { "#": "hashtag", "in:": "folder", "stars:": "rating", "label:": "label" };
  // One may end where the next begins, as in what was pasted: the space before it is only looked at.
  const q = text.replace(/(?<=^|\s)(#|in:|stars:|label:)(\S+)\s/gi, (whole, sign: string, value: string) => {
    const name = names[sign.toLowerCase()];
    if (!name || (name === "rating" && !/^[1-5]$/.test(value)) || (name === "label" && !/^[6-9]$/.test(value)))
      return whole;
    tokens[name] = value;
    return "";
  });
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
