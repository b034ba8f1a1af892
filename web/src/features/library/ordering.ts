/** Smart folders and hashtags of the library: their calls, and what the page makes of them. */
import { useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import { allOf, remove, request } from "../../data/client";
import { patchSeen, writeSeen } from "../../data/seen";
import { type Edit, editOf } from "../../ui/edits";
import {
  SmartFolder,
  SmartFolderPage,
  type SmartFolderRequest,
  Tag,
  type TagColor,
  TagPage,
  TagsRenamed,
} from "../../data/assets/schema";

/** Everything that counts files by folders: fetched again when the library has changed. */
export const FOLDERS = "folders";
const SMART = "/api/pmd/smart-folders";
const TAGS = "/api/pmd/tags";

/** By name. */
export function useSmartFolders(): readonly SmartFolder[] {
  const { data } = useQuery({
    queryKey: [FOLDERS, "smart"],
    queryFn: async ({ signal }) => {
      const { items } = await request(SmartFolderPage, "GET", SMART, { signal });
      return items.toSorted((a, b) => a.name.localeCompare(b.name));
    },
    // No event says that another tab or device has changed one.
    refetchOnWindowFocus: "always",
  });
  return data ?? [];
}

export const makeSmartFolder = (body: SmartFolderRequest, idempotencyKey: string) =>
  request(SmartFolder, "POST", SMART, { body, idempotencyKey });

/** The name, and the search as one. */
export interface Named {
  readonly name: string;
  readonly search: Pick<SmartFolder, "filter" | "sort" | "order">;
}
export const namedOf = ({ name, filter, sort, order }: SmartFolder): Named => ({
  name,
  search: { filter, sort, order },
});
const AsNamed = v.pipe(SmartFolder, v.transform(namedOf));
export const editSmartFolder = (id: number, edit: Edit<Named>) =>
  writeSeen({ schema: AsNamed, url: `${SMART}/${id}` }, edit, (_, options) => {
    const { search, ...name } = edit.to;
    return request(SmartFolder, "PATCH", `${SMART}/${id}`, { body: { ...name, ...search }, ...options });
  });
export const deleteSmartFolder = (id: number) => remove(`${SMART}/${id}`);

/** By name. */
export function useTags(): readonly Tag[] {
  const { data } = useQuery({
    queryKey: [FOLDERS, "tags"],
    queryFn: ({ signal }) =>
      allOf((cursor) => request(TagPage, "GET", TAGS, { query: { ...(cursor && { cursor }) }, signal })),
  });
  return data ?? [];
}

export const colorTag = (tag: Tag, color: TagColor | null) =>
  patchSeen({ schema: Tag, url: `${TAGS}/${encodeURIComponent(tag.name)}` }, editOf(tag, { color }));

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
