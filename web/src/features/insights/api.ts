/** The API calls for an artist's numbers. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { apiUrl, request } from "../../data/client";
import { byCursor } from "../../data/queries";
import type { Period } from "./numbers";
import { InsightDays, InsightPage } from "./schema";

export type By = "post" | "pack" | "link" | "series";
const INSIGHTS = "/api/pmd/insights";
const PAGE_SIZE = "50";
const STALE_MS = 60_000;

export function useDays(period: Period) {
  return useQuery({
    queryKey: [INSIGHTS, period],
    queryFn: async ({ signal }) =>
      (await request(InsightDays, "GET", INSIGHTS, { query: { ...period }, signal })).items,
    staleTime: STALE_MS,
  });
}

export function useMost(by: By, period: Period) {
  return useInfiniteQuery({
    queryKey: [INSIGHTS, by, period],
    queryFn: ({ pageParam, signal }) => {
      const query = { by, ...period, limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) };
      return request(InsightPage, "GET", `${INSIGHTS}/most`, { query, signal });
    },
    ...byCursor,
    staleTime: STALE_MS,
  });
}

export const sheetUrl = (by: By | "day", period: Period) => apiUrl(`${INSIGHTS}.csv`, { by, ...period });
