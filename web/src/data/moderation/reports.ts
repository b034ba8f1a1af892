/** Reports of posts, for moderators. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { useStore } from "../../platform/store";
import { allOf, request } from "../client";
import { moderates } from "../config";
import { byCursor, refresher } from "../queries";
import { reported } from "./reported";
import { PostReportPage, PostReportsSettled, type SettleRequest } from "./schema";

const REPORTS = "/api/pmd/post-reports";
/** Of an artist; more are found by the moderators' list. */
const MOST = 5000;

const listReports = (cursor: string | null, limit: string, signal: AbortSignal) =>
  request(PostReportPage, "GET", REPORTS, { query: { limit, ...(cursor && { cursor }) }, signal });

/** Reports that wait: about the artist whose page it is, or about all where that is the moderator's own. */
export function useReports() {
  return useInfiniteQuery({
    queryKey: [REPORTS],
    queryFn: ({ pageParam, signal }) => listReports(pageParam, "50", signal),
    ...byCursor,
    staleTime: 0,
  });
}

/** The reported posts of the artist for whom a moderator looks, which `reported:` finds. */
export function useReported(): ReadonlySet<number> {
  useQuery({
    queryKey: [REPORTS, "posts"],
    queryFn: async ({ signal }) => {
      const all = await allOf((cursor) => listReports(cursor, "128", signal), MOST);
      reported.set(new Set(all.map((report) => report.post_id)));
      return all.length;
    },
    enabled: moderates,
    staleTime: 60_000,
  });
  return useStore(reported);
}

export const refreshReports = refresher([REPORTS]);
export const settleReports = (body: SettleRequest) =>
  request(PostReportsSettled, "POST", `${REPORTS}/settle`, { body });
