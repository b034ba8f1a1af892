/** What posts can be filtered by, and what of it is set. */
export type Visibility = "all" | "visible" | "hidden" | "moderated";
export const VISIBILITIES: readonly Visibility[] = ["all", "visible", "hidden", "moderated"];
/** The value of the licence filter that means posts without one. */
export const NO_LICENSE = "none";

export interface Filters {
  text: string;
  visibility: Visibility;
  /** Empty: any. So are all that follow. */
  format: string;
  hashtag: string;
  license: string;
  /** Days in the visitor's time zone, YYYY-MM-DD, both included. */
  from: string;
  to: string;
  /** Kilobytes (1,000 bytes). */
  minSize: string;
  maxSize: string;
}

export const noFilters: Filters = {
  text: "",
  visibility: "all",
  format: "",
  hashtag: "",
  license: "",
  from: "",
  to: "",
  minSize: "",
  maxSize: "",
};

/** The filters besides the text that are set. */
export function activeFilters(filters: Filters): (keyof Filters)[] {
  const names = Object.keys(noFilters) as (keyof Filters)[];
  return names.filter((name) => name !== "text" && filters[name] !== noFilters[name]);
}

export function isFiltering(filters: Filters): boolean {
  return filters.text.trim() !== "" || activeFilters(filters).length > 0;
}
