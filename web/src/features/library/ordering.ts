/** Smart folders and hashtags of the library: their calls, and what the page makes of them. */
import { useQuery } from "@tanstack/react-query";
import { newIdempotencyKey } from "@pmd/client";

import { allOf, call, request } from "../../data/client";
import {
  SmartFolder,
  type SmartFolderEdit,
  SmartFolderPage,
  type SmartFolderRequest,
  Tag,
  type TagColor,
  TagPage,
  TagsRenamed,
} from "../../data/assets/schema";
import { type Filters, NO_LICENCE, noFilters, orderOf, parametersOf, type sortFrom, sortTextOf } from "./filters";

/** Everything that counts files by folders: fetched again when the library has changed. */
export const FOLDERS = "folders";
const SMART = "/api/pmd/smart-folders";
const TAGS = "/api/pmd/tags";
const NUMBERS = new Set(["rating", "label"]);

/** By name. */
export function useSmartFolders(): readonly SmartFolder[] {
  const { data } = useQuery({
    queryKey: [FOLDERS, "smart"],
    queryFn: async ({ signal }) => {
      const { items } = await request(SmartFolderPage, "GET", SMART, { signal });
      return items.toSorted((a, b) => a.name.localeCompare(b.name));
    },
  });
  return data ?? [];
}

export const makeSmartFolder = (body: SmartFolderRequest) =>
  request(SmartFolder, "POST", SMART, { body, idempotencyKey: newIdempotencyKey() });
export const editSmartFolder = (id: number, body: SmartFolderEdit) =>
  request(SmartFolder, "PATCH", `${SMART}/${id}`, { body });
export const deleteSmartFolder = (id: number) => call("DELETE", `${SMART}/${id}`);

/** A search of the page as the service keeps it. */
export function keptFrom(filters: Filters, sorted: ReturnType<typeof sortFrom>): Omit<SmartFolderRequest, "name"> {
  const filter = Object.entries(parametersOf(filters)).map(([name, value]) => [
    name,
    NUMBERS.has(name) ? Number(value) : value,
  ]);
  const { sort, order } = orderOf(sorted);
  return { filter: Object.fromEntries(filter), sort, order } as Omit<SmartFolderRequest, "name">;
}

/** And back, as in the address. */
export function viewOf({ filter, sort, order }: Pick<SmartFolder, "filter" | "sort" | "order">): {
  filters: Filters;
  sort: string;
} {
  const given = Object.entries(filter).filter(([, value]) => value !== null);
  const texts = given.map(([name, value]) => [name, name === "license" && value === "" ? NO_LICENCE : String(value)]);
  return {
    filters: { ...noFilters, ...(Object.fromEntries(texts) as Partial<Filters>) },
    sort: sortTextOf(sort, order),
  };
}

/** By name. */
export function useTags(): readonly Tag[] {
  const { data } = useQuery({
    queryKey: [FOLDERS, "tags"],
    queryFn: ({ signal }) =>
      allOf((cursor) => request(TagPage, "GET", TAGS, { query: { ...(cursor && { cursor }) }, signal })),
  });
  return data ?? [];
}

export const colorTag = (name: string, color: TagColor | null) =>
  request(Tag, "PATCH", `${TAGS}/${encodeURIComponent(name)}`, { body: { color } });

/** A call changes some thousand files; `onDone` has how many are done. Null takes the tags off. */
export async function renameTags(
  tags: readonly string[],
  newTag: string | null,
  onDone: (done: number, left: number) => void,
): Promise<number> {
  let done = 0;
  for (;;) {
    const body = { tags, new_tag: newTag };
    const answer = await request(TagsRenamed, "POST", `${TAGS}/rename`, { body });
    done += answer.affected_count;
    onDone(done, answer.remaining_count);
    if (answer.remaining_count === 0) return done;
  }
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

const MAX_SUGGESTED = 8;
