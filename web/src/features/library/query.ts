/** Changes to what the library shows. Each is a history entry, as in the posts. */
import { NEW_STEP, setParameters, TYPED } from "../../platform/address";
import { type Filters, noFilters } from "./filters";

/** Each filter is its own history entry; typing a word is one, not one per letter. */
export const setFilters = (filters: Filters, isTyping = false) =>
  setParameters("library", filters, isTyping ? TYPED : NEW_STEP);

/** All filters but the state. */
export const clearFilters = ({ state }: Filters) => setFilters({ ...noFilters, state });

/** Other filters and another order, in one step. */
export const setView = (filters: Filters, sort: string) => setParameters("library", { ...filters, sort }, NEW_STEP);

/** As in the address: `size`, or `-size` for descending. */
export const setSort = (sort: string) => setParameters("library", { sort }, "sort");
export const setLook = (look: "grid" | "list" | "alike") => setParameters("library", { look }, look);
