/** Saved views: the service keeps them, so that every browser has them. */
import { newIdempotencyKey } from "@pmd/client";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import * as v from "valibot";

import { remove, request } from "../../data/client";
import { config } from "../../data/config";
import { refresher } from "../../data/queries";
import { SavedView, SavedViewPage } from "../../data/schema";
import { patchSeen } from "../../data/seen";
import { editOf } from "../../ui/edits";
import { readStored } from "../../platform/stored";
import { reportErrors } from "../../ui/useWrite";

const VIEWS = "/api/pmd/saved-views";
const refresh = refresher([VIEWS]);
/** What releases before this one kept in the browser. */
const BEFORE = `pmd.views.${config.subject.sqid}`;
const Before = v.array(v.object({ name: v.string(), query: v.string() }));

/** By name. */
export function useSavedViews(): readonly SavedView[] {
  const { data } = useQuery({
    queryKey: [VIEWS],
    queryFn: async ({ signal }) => {
      const { items } = await request(SavedViewPage, "GET", VIEWS, { signal });
      return items.toSorted((a, b) => a.name.localeCompare(b.name));
    },
  });
  useEffect(() => {
    if (data) void reportErrors(() => handOver(data));
  }, [data]);
  return data ?? [];
}

/** A view of this name shows this from now on. */
export async function saveView(
  views: readonly SavedView[],
  { name, query }: Pick<SavedView, "name" | "query">,
  idempotencyKey: string,
): Promise<void> {
  const known = views.find((each) => each.name === name);
  if (known) await patchSeen({ schema: SavedView, url: `${VIEWS}/${known.id}` }, editOf(known, { query }));
  else await request(SavedView, "POST", VIEWS, { body: { name, query }, idempotencyKey });
  refresh();
}

export async function deleteView(id: number): Promise<void> {
  await remove(`${VIEWS}/${id}`);
  refresh();
}

/** Those of this browser are kept by the service, too: once, and without what it has under the same name. */
async function handOver(views: readonly SavedView[]): Promise<void> {
  const before = readStored(localStorage, BEFORE, Before);
  if (!before) return;
  localStorage.removeItem(BEFORE);
  for (const { name, query } of before) {
    if (!views.some((each) => each.name === name)) await saveView(views, { name, query }, newIdempotencyKey());
  }
}
