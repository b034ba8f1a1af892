/** The view of the posts: filters, sort order and layout are URL state, so that links and reloads show the same. */
import { useMemo } from "react";

import {
  changedSearch,
  closeOverlay,
  openOverlay,
  NEW_STEP,
  type Query,
  setQuery,
  TYPED,
  useSearch,
} from "../../platform/address";
import { type Filters, noFilters, VISIBILITIES } from "./filterValues";

export interface Sort {
  /** A column's id. */
  id: string;
  desc: boolean;
}
export type Layout = "table" | "grid";
export type PostState = "active" | "deleted";

export interface View {
  filters: Filters;
  sort: Sort;
  layout: Layout;
  state: PostState;
  /** Counted from 0. */
  page: number;
}

const newestFirst: Sort = { id: "date", desc: true };

/** Query parameters of the filters; links and saved views contain them, so they are stable. */
const FILTER_NAMES: Record<keyof Filters, string> = {
  text: "q",
  visibility: "status",
  format: "format",
  hashtag: "tag",
  license: "licence",
  from: "from",
  to: "to",
  minSize: "min-kb",
  maxSize: "max-kb",
};
/** The id of the post in the lightbox. */
export const OPEN = "post";
const filterKeys = Object.keys(FILTER_NAMES) as (keyof Filters)[];

export function readView(search: string): View {
  const parameters = new URLSearchParams(search);
  const filters: Filters = { ...noFilters };
  for (const key of filterKeys) {
    const value = parameters.get(FILTER_NAMES[key]) ?? "";
    if (key === "visibility") filters.visibility = VISIBILITIES.find((each) => each === value) ?? "all";
    else filters[key] = value;
  }
  const sort = parameters.get("sort") ?? "";
  const page = Number(parameters.get("page") ?? "1");
  return {
    filters,
    sort: sort ? { id: sort.replace(/^-/, ""), desc: sort.startsWith("-") } : newestFirst,
    layout: parameters.get("view") === "grid" ? "grid" : "table",
    state: parameters.get("state") === "deleted" ? "deleted" : "active",
    page: Number.isInteger(page) && page > 0 ? page - 1 : 0,
  };
}

export function queryOfFilters(filters: Filters): Query {
  return Object.fromEntries(
    filterKeys.map((key) => [FILTER_NAMES[key], filters[key] === noFilters[key] ? null : filters[key]]),
  );
}

export function queryOfSort({ id, desc }: Sort): Query {
  const isUsual = id === newestFirst.id && desc === newestFirst.desc;
  return { sort: isUsual ? null : `${desc ? "-" : ""}${id}` };
}

const SAVED = [...Object.values(FILTER_NAMES), "sort", "view", "state"];

/** The query parameters that a saved view sets; those it does not name are removed. */
export function queryOfSaved(saved: string): Query {
  const parameters = new URLSearchParams(saved);
  return { ...Object.fromEntries(SAVED.map((name) => [name, parameters.get(name)])), page: null };
}

/** The part of the query that a saved view keeps: not the scroll position or what is open. */
export const savedPart = (search: string) => changedSearch("", queryOfSaved(search)).slice(1);

export function useView() {
  const parts = JSON.stringify(readView(useSearch()));
  // Referentially stable while equal: sorting and filtering depend on it.
  return useMemo(() => JSON.parse(parts) as View, [parts]);
}

/** Each filter is a history step; what is typed into one `field` is a single step, not one per letter. */
export const setFilters = (filters: Filters, field?: keyof Filters) =>
  setQuery({ ...queryOfFilters(filters), page: null }, field ? `${TYPED} ${field}` : NEW_STEP);

export const openPost = (id: number) => openOverlay(OPEN, String(id));
export const closePost = () => closeOverlay(OPEN);
export const setSort = (sort: Sort) => setQuery({ ...queryOfSort(sort), page: null }, "sort");
export const setLayout = (layout: Layout) => setQuery({ view: layout === "grid" ? "grid" : null }, "layout");

/** Switch between posts and deleted ones, keeping the other filters. */
export const setPostState = (state: PostState, visibility: Filters["visibility"] = "all") =>
  setQuery(
    { page: null, status: visibility === "all" ? null : visibility, state: state === "deleted" ? "deleted" : null },
    `state ${state}`,
  );
