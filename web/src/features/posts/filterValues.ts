export type Visibility = "all" | "visible" | "hidden" | "moderated";
export const VISIBILITIES: readonly Visibility[] = ["all", "visible", "hidden", "moderated"];
/** The licence filter's value for posts without a licence. */
export const NO_LICENSE = "none";

export interface Filters {
  text: string;
  visibility: Visibility;
  /** Empty: any; likewise below. */
  format: string;
  hashtag: string;
  license: string;
  /** Local dates, YYYY-MM-DD, inclusive. */
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

/** The active filters other than the text. */
export function activeFilters(filters: Filters): (keyof Filters)[] {
  const names = Object.keys(noFilters) as (keyof Filters)[];
  return names.filter((name) => name !== "text" && filters[name] !== noFilters[name]);
}

export function isFiltering(filters: Filters): boolean {
  return filters.text.trim() !== "" || activeFilters(filters).length > 0;
}
