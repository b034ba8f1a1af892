import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";

import { useConnection, useLive } from "../live/live";
import { getPapers, listAssets } from "./api";
import { type Filters, parametersOf } from "./filters";
import { changePages, isShown, joinFirst } from "./pages";
import type { Asset, AssetPage } from "./schema";

const ASSETS = ["assets"] as const;
/** Changes come in crowds: an upload of hundreds of files is asked about once a second. */
const SETTLE_MS = 1000;
const POLL_MS = 10_000;

type Data = InfiniteData<AssetPage, string | null>;
const none: Asset[] = [];

/** The files that the filters leave, newest first: pages come one after the other, and what is there can be used. */
export function useAssets(filters: Filters) {
  const client = useQueryClient();
  const parameters = useMemo(() => parametersOf(filters), [filters]);
  const queryKey = useMemo(() => [...ASSETS, parameters], [parameters]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => listAssets(parameters, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
    refetchOnMount: "always",
  });
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);

  const refresh = useCallback(async () => {
    const first = await listAssets(parameters, null);
    const held = client.getQueryData<Data>(queryKey);
    const joined = held && joinFirst(held.pages, first);
    if (held && joined) client.setQueryData<Data>(queryKey, { ...held, pages: joined });
    else await client.invalidateQueries({ queryKey });
  }, [client, parameters, queryKey]);
  useRefresh(refresh);

  const assets = useMemo(() => data?.pages.flatMap((page) => page.items) ?? none, [data]);
  return {
    assets,
    isComplete: data !== undefined && !hasNextPage,
    first: data?.pages[0] ?? null,
    total: data?.pages[0]?.total_count ?? null,
    facets: data?.pages[0]?.facets ?? null,
    error: query.error,
    retry: () => void (data ? fetchNextPage() : query.refetch()),
  };
}

/** Ask again when the library has changed: now and then while it changes all the time. */
function useRefresh(refresh: () => Promise<void>): void {
  const connection = useConnection();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isFirst = useRef(true);
  useLive("asset", (event) => {
    if (event.type !== "update") return;
    // What is told on connecting is what the list has just said.
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      refresh().catch(() => undefined); // it will be asked for again
    }, SETTLE_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (connection === "live") return;
    const poll = setInterval(() => void refresh().catch(() => undefined), POLL_MS);
    return () => {
      clearInterval(poll);
    };
  }, [connection, refresh]);
}

/** Change the files that are held here, after the service has changed its own. */
export function useAssetsCache(filters: Filters) {
  const client = useQueryClient();
  return useMemo(() => {
    const queryKey = [...ASSETS, parametersOf(filters)];
    return {
      change(ids: Iterable<number>, edit: (asset: Asset) => Asset | null) {
        const set = new Set(ids);
        client.setQueryData<Data>(queryKey, (data) => {
          if (!data) return data;
          const shown = (asset: Asset) => {
            const after = edit(asset);
            return after && isShown(after.state, filters) ? after : null;
          };
          return { ...data, pages: changePages(data.pages, set, shown) };
        });
        for (const id of set) void client.invalidateQueries({ queryKey: ["papers", id] });
      },
      reload: () => client.invalidateQueries({ queryKey }),
    };
  }, [client, filters]);
}

export function usePapers(id: number | null) {
  return useQuery({
    queryKey: ["papers", id],
    queryFn: ({ signal }) => getPapers(id ?? 0, signal),
    enabled: id !== null,
    staleTime: 0,
  });
}
