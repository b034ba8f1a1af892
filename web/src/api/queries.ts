import { QueryClient, type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";

import { listDownloads, listLicenses, listMissing, listPosts } from "./client";
import { ApiError } from "./error";
import type { Post, PostPage } from "./schema";

const POSTS = ["posts"] as const;
const DOWNLOADS = ["downloads"] as const;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 3 && error instanceof ApiError && error.isPassing,
      refetchOnWindowFocus: false,
      staleTime: Infinity,
    },
  },
});

const none: Post[] = [];

/** All posts: pages come in one after the other, and what is there can be used at once. */
export function usePosts() {
  const query = useInfiniteQuery({
    queryKey: POSTS,
    queryFn: ({ pageParam, signal }) => listPosts(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);

  const posts = useMemo(() => data?.pages.flatMap((page) => page.items) ?? none, [data]);
  const isComplete = data !== undefined && !hasNextPage;
  return {
    posts,
    isComplete,
    total: isComplete ? posts.length : (data?.pages[0]?.total_count ?? null),
    error: query.error,
    retry: () => void (data ? fetchNextPage() : query.refetch()),
  };
}

/** Change the posts that are held here, after the service has changed its own. */
export function usePostsCache() {
  const client = useQueryClient();
  const mapPages = useCallback(
    (change: (posts: Post[], page: number) => Post[]) => {
      client.setQueryData<InfiniteData<PostPage, string | null>>(POSTS, (data) =>
        data
          ? { ...data, pages: data.pages.map((page, number) => ({ ...page, items: change(page.items, number) })) }
          : data,
      );
    },
    [client],
  );
  /** Change each of these posts; null takes it away. */
  const change = useCallback(
    (ids: ReadonlySet<number>, edit: (post: Post) => Post | null) => {
      mapPages((posts) =>
        posts.some((post) => ids.has(post.id))
          ? posts.flatMap((post) => (ids.has(post.id) ? (edit(post) ?? []) : post))
          : posts,
      );
    },
    [mapPages],
  );
  /** Put posts back that were taken away; the table has its own order. */
  const putBack = useCallback(
    (restored: Post[]) => {
      const ids = new Set(restored.map((post) => post.id));
      mapPages((posts, page) => {
        const others = posts.filter((post) => !ids.has(post.id));
        return page === 0 ? [...restored, ...others] : others;
      });
    },
    [mapPages],
  );
  const reload = useCallback(async () => {
    await client.refetchQueries({ queryKey: POSTS });
    const pages = client.getQueryData<InfiniteData<PostPage, string | null>>(POSTS)?.pages ?? [];
    return pages.flatMap((page) => page.items);
  }, [client]);
  return useMemo(() => ({ change, putBack, reload }), [change, putBack, reload]);
}

export function useLicenses() {
  return useQuery({ queryKey: ["licenses"], queryFn: ({ signal }) => listLicenses(signal) });
}

/** The downloads by themselves and the day's allowance; `pollMs` where no stream tells of changes. */
export function useDownloadList(pollMs: number | false) {
  return useQuery({
    queryKey: DOWNLOADS,
    queryFn: ({ signal }) => listDownloads(signal),
    refetchInterval: pollMs,
  });
}

export function refreshDownloads(): void {
  void queryClient.invalidateQueries({ queryKey: DOWNLOADS });
}

export function useMissing(id: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["missing", id],
    queryFn: ({ signal }) => listMissing(id, signal),
    enabled: isWanted,
    staleTime: 0,
  });
}
