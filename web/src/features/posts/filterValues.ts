import { type Parameters, readParameters } from "../../platform/parameters";

export const FILTERS = ["q", "status", "format", "tag", "licence", "from", "to", "min-kb", "max-kb"] as const;
/** As in the URL; of texts, empty is any. */
export type Filters = Pick<Parameters<"posts">, (typeof FILTERS)[number]>;
export type Visibility = Filters["status"];
/** The licence filter's value for posts without a licence. */
export const NO_LICENSE = "none";

export const noFilters: Filters = readParameters("posts", "", FILTERS);

/** The active filters other than the text. */
export function activeFilters(filters: Filters): (keyof Filters)[] {
  return FILTERS.filter((name) => name !== "q" && filters[name] !== noFilters[name]);
}

export function isFiltering(filters: Filters): boolean {
  return filters.q.trim() !== "" || activeFilters(filters).length > 0;
}
