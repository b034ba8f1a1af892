/** The view of the posts: filters, sort order and layout are URL state, so that links and reloads show the same. */
import { useMemo } from "react";

import { closeOverlay, NEW_STEP, openOverlay, setParameters, TYPED, useParameters } from "../../platform/address";
import type { Parameters, Query } from "../../platform/parameters";
import { type Filters, FILTERS } from "./filterValues";

export interface Sort {
  /** A column's id. */
  id: string;
  desc: boolean;
}
type Posts = Parameters<"posts">;

export interface View {
  filters: Filters;
  sort: Sort;
  layout: Posts["view"];
  state: Posts["state"];
}

const SORT = ["sort"] as const;
const OTHERS = ["view", "state"] as const;
/** What a saved view keeps: not the scroll position or what is open. */
export const SAVED = [...FILTERS, ...SORT, ...OTHERS];

/** Each part is the same object while it is equal: sorting and filtering depend on it. */
export function useView(): View {
  const filters = useParameters("posts", FILTERS);
  const { sort } = useParameters("posts", SORT);
  const { view: layout, state } = useParameters("posts", OTHERS);
  const order = useMemo(() => ({ id: sort.replace(/^-/, ""), desc: sort.startsWith("-") }), [sort]);
  return useMemo(() => ({ filters, sort: order, layout, state }), [filters, order, layout, state]);
}

/** The query parameters that a saved view sets; those it does not name are removed. */
export function queryOfSaved(saved: string): Query {
  const parameters = new URLSearchParams(saved);
  return { ...Object.fromEntries(SAVED.map((name) => [name, parameters.get(name)])), page: null };
}

/** Each filter is a history step; what is typed into one `field` is a single step, not one per letter. */
export const setFilters = (filters: Filters, field?: keyof Filters) =>
  setParameters("posts", { ...filters, page: 1 }, field ? `${TYPED} ${field}` : NEW_STEP);

export const openPost = (id: number) => openOverlay("post", id);
export const closePost = () => closeOverlay("post");
export const setSort = ({ id, desc }: Sort) =>
  setParameters("posts", { sort: `${desc ? "-" : ""}${id}`, page: 1 }, "sort");
export const setLayout = (view: Posts["view"]) => setParameters("posts", { view }, "layout");

/** Switch between posts and deleted ones, keeping the other filters. */
export const setPostState = (state: Posts["state"], status: Filters["status"] = "all") =>
  setParameters("posts", { state, status, page: 1 }, `state ${state}`);
