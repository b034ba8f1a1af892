/** What of the library is shown is changed here: each change is a step of “back”, as with the posts. */
import { NEW_STEP, setQuery, TYPED } from "../lib/address";
import { type Filters, noFilters, queryOf } from "./filters";

/** Each filter is a step back of its own; a word that is typed is one, not one a letter. */
export const setFilters = (filters: Filters, isTyping = false) =>
  setQuery(queryOf(filters), isTyping ? TYPED : NEW_STEP);

/** All but where in the library one is. */
export const clearFilters = ({ state }: Filters) => setFilters({ ...noFilters, state });

/** As the address names it: `size`, or `-size` for turned round. */
export const setSort = (sort: string) => setQuery({ sort: sort === "path" ? null : sort }, "sort");
export const setLook = (look: "grid" | "list") => setQuery({ look: look === "grid" ? null : look }, "look");
