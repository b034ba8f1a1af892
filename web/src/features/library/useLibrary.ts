import {
  type InfiniteData,
  queryOptions,
  useInfiniteQuery,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";

import { useStore } from "../../platform/store";
import { byCursor } from "../../data/queries";
import { useConnection, usePMDSSE } from "../../data/live/live";
import { type AlikeGroup, undecided } from "./alike";
import { countAssets, getAssetDetails, listAlike, listAssets, listFolders, listKeptBoth, listSequences } from "./api";
import { type Filters, noFilters, orderOf, parametersOf, type sortFrom } from "./filters";
import { withEmpty } from "./folders";
import { FOLDERS } from "./ordering";
import type { AlikePage, Asset, AssetDetails, FolderPage } from "../../data/assets/schema";
import { AssetList } from "./windows";

/** Changes come in bursts: during an upload of hundreds of files the list is refreshed about once a second. */
const SETTLE_MS = 1000;
const POLL_MS = 10_000;
export const ALIKE = ["alike"];
const SEQUENCES = ["sequences"];
const KEPT_BOTH = ["kept-both"];
const DETAILS = "asset-details";

/** The files that match the filters, sorted: windows of them, fetched as they scroll into view. */
export function useLibrary(filters: Filters, sorted: ReturnType<typeof sortFrom>) {
  const { sort, isDescending } = sorted;
  // A selection survives a change of order, but not of filters.
  const known = useMemo(() => ({ of: filters, files: new Map<number, Asset>() }), [filters]);
  const list = useMemo(() => {
    const chosen = parametersOf(known.of);
    const parameters = { ...chosen, ...orderOf({ sort, isDescending }) };
    const source = {
      fetch: (offset: number, limit: number, signal: AbortSignal) => listAssets(parameters, offset, limit, signal),
      count: (signal: AbortSignal) => countAssets(chosen, signal),
    };
    return new AssetList(source, known.files);
  }, [known, sort, isDescending]);
  useEffect(() => {
    void list.want(0, 0);
    return () => list.close();
  }, [list]);
  const windows = useStore(list.windows);
  const client = useQueryClient();
  const refresh = useCallback(async () => {
    const others = [[FOLDERS], ALIKE, KEPT_BOTH, SEQUENCES, [DETAILS]];
    await Promise.all([list.refresh(), ...others.map((queryKey) => client.invalidateQueries({ queryKey }))]);
  }, [list, client]);
  useRefresh(refresh);
  // What has changed while another page was open.
  useEffect(() => void client.invalidateQueries({ queryKey: [FOLDERS] }), [client]);
  return { list, windows, refresh };
}

const none: FolderPage["items"] = [];

/** The folders of the files that match the filters. */
export function useFolders(filters: Filters): FolderPage["items"] {
  const parameters = useMemo(() => parametersOf(filters), [filters]);
  const { data } = useQuery({
    queryKey: [FOLDERS, parameters],
    queryFn: ({ signal }) => listFolders(parameters, signal),
    placeholderData: (before) => before,
  });
  return data ?? none;
}

/** All folders, each with the number of files under the present filters: those without any, and beside the chosen one. */
export function useFolderTree(filters: Filters): FolderPage["items"] {
  const all = useFolders(noFilters);
  const counted = useFolders(useMemo(() => ({ ...filters, folder: "" }), [filters]));
  return useMemo(() => withEmpty(all, counted), [all, counted]);
}

/** Groups of similar files: pages are fetched until there are `wanted` groups. */
export function useAlike(wanted: number) {
  const client = useQueryClient();
  const { data, error, hasNextPage, isFetching, isError, fetchNextPage } = useInfiniteQuery({
    queryKey: ALIKE,
    queryFn: ({ pageParam, signal }) => listAlike(pageParam, signal),
    ...byCursor,
    // Computed again on return: one call covers only a few hundred files.
    gcTime: 0,
  });
  const groups = useMemo(() => data?.pages.flatMap((page) => page.groups) ?? [], [data]);
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError && groups.length < wanted) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, groups, wanted, fetchNextPage]);
  /** Remove what has been decided about, but for what is left to decide. */
  const drop = (handled: readonly AlikeGroup[], left: readonly Asset[] = []) => {
    void client.cancelQueries({ queryKey: ALIKE }); // what is being fetched still has them
    client.setQueryData<InfiniteData<AlikePage>>(
      ALIKE,
      (all) =>
        all && {
          ...all,
          pages: all.pages.map((page) => ({
            ...page,
            groups: undecided(page.groups, handled, left),
          })),
        },
    );
  };
  return {
    ...{ groups, error, drop },
    /** After a change of files that asks for no other refresh: what is being fetched may not know of it. */
    refresh: () => client.invalidateQueries({ queryKey: ALIKE }),
    checkedCount: data?.pages.reduce((sum, page) => sum + page.examined_count, 0) ?? 0,
    isWhole: data !== undefined && !hasNextPage,
    isSearching: isFetching,
    more: () => void fetchNextPage(),
  };
}

/** Numbered pictures that follow one another. */
export function useSequences() {
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: SEQUENCES,
    queryFn: ({ pageParam, signal }) => listSequences(pageParam, signal),
    ...byCursor,
    gcTime: 0,
  });
  const sequences = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  return { sequences, error, isWhole: data !== undefined && !hasNextPage, more: () => void fetchNextPage() };
}

/** Pairs that were kept although they look the same. */
export function useKeptBoth() {
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: KEPT_BOTH,
    queryFn: ({ pageParam, signal }) => listKeptBoth(pageParam, signal),
    ...byCursor,
    gcTime: 0,
  });
  const pairs = useMemo(() => data?.pages.flatMap(({ items }) => items.map(({ items: files }) => files)) ?? [], [data]);
  return { pairs, error, isWhole: data !== undefined && !hasNextPage, more: () => void fetchNextPage() };
}

/** Refresh when the library has changed; while changes keep coming, one refresh after the other. */
function useRefresh(refresh: () => Promise<void>): void {
  const connection = useConnection();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const refreshing = useRef<Promise<void> | null>(null);
  usePMDSSE("asset", (event, isReplayed) => {
    if (event.type !== "update" || isReplayed) return;
    timer.current ??= setTimeout(() => void next(), SETTLE_MS);
  });
  const next = async () => {
    const { current } = timer;
    await refreshing.current; // begun again meanwhile, a slow one would never end
    if (timer.current !== current) return; // gone
    timer.current = undefined;
    refreshing.current = refresh().catch(() => undefined); // it will be refreshed again
  };
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined; // the effect may run again
    },
    [],
  );
  useEffect(() => {
    if (connection === "live") return;
    const poll = setInterval(() => void refresh().catch(() => undefined), POLL_MS);
    return () => clearInterval(poll);
  }, [connection, refresh]);
}

const detailsOf = (id: number | null) =>
  queryOptions({
    queryKey: [DETAILS, id],
    queryFn: ({ signal }) => getAssetDetails(id ?? 0, signal),
    enabled: id !== null,
    staleTime: 0,
  });

export const useAssetDetails = (id: number | null) => useQuery(detailsOf(id));

const assetsOf = (answers: readonly { data: AssetDetails | undefined }[]) =>
  answers.flatMap(({ data }) => data?.asset ?? []);

/** Those of these files that were read, each as it was read last. */
export const useAssets = (ids: readonly number[]) => useQueries({ queries: ids.map(detailsOf), combine: assetsOf });
