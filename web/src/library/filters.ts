/** What of the library is shown: all of it stands in the address, so that a view can be kept, sent and gone back to. */
import type { State } from "./schema";
import { STATES } from "./states";

export interface Filters {
  /** Null: everything but the trash. */
  readonly state: State | null;
  readonly type: string;
  readonly theme: string;
  readonly hashtag: string;
  readonly provenance: string;
  readonly license: string;
  readonly upload: string;
  readonly q: string;
}

const NAMES = ["type", "theme", "hashtag", "provenance", "license", "upload", "q"] as const;
type Name = (typeof NAMES)[number];

/** The longest text of a filter; the service takes no more either. */
const LONGEST = 100;

export const noFilters: Filters = {
  state: null,
  type: "",
  theme: "",
  hashtag: "",
  provenance: "",
  license: "",
  upload: "",
  q: "",
};

/** From the address; whatever a stranger wrote there, a filter that does not exist is none. */
export function filtersFrom(search: string): Filters {
  const parameters = new URLSearchParams(search);
  const read = (name: string) => (parameters.get(name) ?? "").slice(0, LONGEST);
  const texts = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<Name, string>;
  return { ...texts, state: STATES.find((state) => state === read("state")) ?? null };
}

/** For the address: null takes a part away. */
export function queryOf(filters: Filters): Record<string, string | null> {
  return Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, value === "" ? null : value]));
}

/** For the service. */
export function parametersOf(filters: Filters): Record<string, string> {
  const q = filters.q.trim();
  return Object.fromEntries(
    Object.entries({ ...filters, q }).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/** How many filters stand between the visitor and everything, the state not counted. */
export function countFilters(filters: Filters): number {
  return NAMES.filter((name) => filters[name].trim() !== "").length;
}
