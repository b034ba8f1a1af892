/** A search as a smart folder keeps it, and hashtags as a search suggests them. */
import type { SmartFolderRequest, Tag } from "../../data/assets/schema";
import {
  type Filters,
  NO_LICENCE,
  noFilters,
  orderOf,
  parametersOf,
  type Sort,
  type sortFrom,
  sortTextOf,
} from "./filters";

const NUMBERS = new Set(["rating", "label"]);
/** More are not offered. */
const MAX_SUGGESTED = 8;

/** A search of the page as the service keeps it. */
export function keptFrom(filters: Filters, sorted: ReturnType<typeof sortFrom>): Omit<SmartFolderRequest, "name"> {
  const filter = Object.entries(parametersOf(filters)).map(([name, value]) => [
    name,
    NUMBERS.has(name) ? Number(value) : value,
  ]);
  const { sort, order } = orderOf(sorted);
  return { filter: Object.fromEntries(filter) as unknown, sort, order } as Omit<SmartFolderRequest, "name">;
}

/** What a smart folder, or a request for one, has of a search. */
interface Kept {
  filter: Readonly<Record<string, unknown>>;
  sort?: Sort;
  order?: string | null;
}

/** And back, as in the address. */
export function viewOf({ filter, sort = "path", order }: Kept): { filters: Filters; sort: string } {
  const given = Object.entries(filter).filter(([, value]) => value !== null);
  const texts = given.map(([name, value]) => [name, name === "license" && value === "" ? NO_LICENCE : String(value)]);
  return {
    filters: { ...noFilters, ...(Object.fromEntries(texts) as Partial<Filters>) },
    sort: sortTextOf(sort, order),
  };
}

/** The end of a search that begins a hashtag, and what it could become. */
export function suggestedTags(q: string, tags: readonly Tag[]): string[] {
  const begun = /(^|\s)(#|tag:)([^\s#"]*)$/i.exec(q);
  if (!begun) return [];
  const before = q.slice(0, begun.index) + (begun[1] ?? "");
  const begin = (begun[3] ?? "").toLowerCase();
  return tags
    .filter(({ name }) => name.startsWith(begin))
    .toSorted((a, b) => b.file_count - a.file_count)
    .slice(0, MAX_SUGGESTED)
    .map(({ name }) => `${before}#${name} `);
}
