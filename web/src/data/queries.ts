import { QueryClient, type QueryKey, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { findUsers, getDownload, listAudit, listLicenses, listMissing, listTakeouts, takeoutContents } from "./client";
import { isSessionOver, onSessionChange } from "./session";
import { PMDError } from "@pmd/client";

export const DOWNLOADS = ["downloads"] as const;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // One quick retry: errors show within a second, with a button to try again.
      retry: (failures, error) => failures < 1 && error instanceof PMDError && error.isRetryable,
      retryDelay: 500,
      refetchOnWindowFocus: false,
      staleTime: Infinity,
    },
    // Offline a write fails at once, and says so.
    mutations: { networkMode: "always" },
  },
});

onSessionChange(() => {
  // What was asked for without a session is asked for again with one.
  if (!isSessionOver()) void queryClient.refetchQueries({ predicate: ({ state }) => state.error !== null });
});

export const licensesQuery = {
  queryKey: ["licenses"],
  queryFn: ({ signal }: { signal: AbortSignal }) => listLicenses(signal),
};

export function useLicenses() {
  return useQuery(licensesQuery);
}

/** One download by id, for those too old to be listed; null disables the query. */
export function useDownload(id: string | null) {
  return useQuery({
    queryKey: [...DOWNLOADS, id],
    queryFn: ({ signal }) => getDownload(id ?? "", signal),
    enabled: id !== null,
  });
}

/** A function that refetches all queries under a key. */
export const refresher = (queryKey: QueryKey) => () => void queryClient.invalidateQueries({ queryKey });

export const refreshDownloads = refresher(DOWNLOADS);
export const refreshTakeouts = refresher(["takeouts"]);

/** Options for cursor pagination. */
export const byCursor = {
  initialPageParam: null as string | null,
  getNextPageParam: ({ next_cursor: next }: { next_cursor: string | null }) => next,
};

export function useMissing(id: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["missing", id],
    queryFn: ({ signal }) => listMissing(id, signal),
    enabled: isWanted,
    staleTime: 0,
  });
}

/** The takeouts; undefined where they are disabled. */
export function useTakeouts() {
  return useQuery({ queryKey: ["takeouts"], queryFn: ({ signal }) => listTakeouts(signal), retry: false });
}

/** How much there is to take home, or to lose. */
export function useContents() {
  return useQuery({
    queryKey: ["takeout contents"],
    queryFn: ({ signal }) => takeoutContents(signal),
    staleTime: 0,
  });
}

/** Artists by handle prefix; for moderators. */
export function useFoundUsers(text: string) {
  return useQuery({
    queryKey: ["users", text],
    queryFn: ({ signal }) => findUsers(text, signal),
    enabled: text !== "",
    staleTime: 60_000,
  });
}

export function useAudit() {
  return useInfiniteQuery({
    queryKey: ["audit"],
    queryFn: ({ pageParam, signal }) => listAudit(pageParam, signal),
    ...byCursor,
    staleTime: 0,
  });
}
