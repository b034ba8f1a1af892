/** Series: posts in an order of their artist's own. */
import { newIdempotencyKey } from "@pmd/client";
import { useQuery } from "@tanstack/react-query";

import type { Edit } from "../../ui/edits";
import { allOf, remove, request } from "../client";
import { queryClient } from "../queries";
import { patchSeen, writeSeen } from "../seen";
import { DESK } from "./rule";
import { Series, SeriesOrder, SeriesPage } from "./schema";

const SERIES = "/api/pmd/series";
const KEY = [...DESK, "series"] as const;
const urlOf = (id: number) => `${SERIES}/${id}`;

export const seriesQuery = {
  queryKey: KEY,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    allOf((cursor) => request(SeriesPage, "GET", SERIES, { query: { ...(cursor && { cursor }) }, signal })),
};

export const useSeries = () => useQuery(seriesQuery);

/** Its posts, in order; not read again while it is deleted. */
export const useSeriesOrder = (id: number, isEnding: boolean) =>
  useQuery({
    queryKey: [...KEY, id],
    enabled: !isEnding,
    queryFn: ({ signal }) => request(SeriesOrder, "GET", `${urlOf(id)}/posts`, { signal }),
  });

export const refreshSeries = () => queryClient.invalidateQueries({ queryKey: KEY });

export const addSeries = (name: string) =>
  request(Series, "POST", SERIES, { body: { name }, idempotencyKey: newIdempotencyKey() });

/** @throws StaleError */
export const editSeries = (id: number, edit: Edit<Pick<Series, "name" | "description" | "cover_post_id">>) =>
  patchSeen({ schema: Series, url: urlOf(id) }, edit);

/**
 * Those that are left out leave the series, and those of another one leave that.
 *
 * @throws StaleError
 */
export function orderSeries(id: number, edit: Edit<Pick<SeriesOrder, "post_ids">>): Promise<SeriesOrder> {
  const url = `${urlOf(id)}/posts`;
  return writeSeen({ schema: SeriesOrder, url }, edit, (_, options) =>
    request(SeriesOrder, "PUT", url, { body: edit.to, ...options }),
  );
}

/** Its posts stay. */
export const deleteSeries = (id: number) => remove(urlOf(id));
