/** The posts that are held here: fetched page by page, changed in place after the service has changed its own. */
import { type InfiniteData, infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import { currentPage, queryPart } from "../lib/address";
import { listPosts } from "./client";
import { queryClient } from "./queries";
import type { Post, PostPage } from "./schema";

type State = "active" | "deleted";
type Pages = InfiniteData<PostPage, string | null>;

const keyOf = (state: State) => ["posts", state] as const;
/** Posts that were looked at again so long ago are looked at again when the visitor comes back. */
const STALE_MS = 60_000;

const none: Post[] = [];

const queryOf = (state: State) =>
  infiniteQueryOptions({
    queryKey: keyOf(state),
    queryFn: ({ pageParam, signal }) => listPosts(state, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // Deleted posts come and go with every change of the others: they are looked up anew each time.
    staleTime: state === "deleted" ? 0 : Infinity,
  });

/** All posts: pages come in one after the other, and what is there can be used at once. */
export function usePosts(state: State) {
  const query = useInfiniteQuery(queryOf(state));
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  useEffect(() => watchReturn(state), [state]);

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

/** Ask for the first posts before the page that shows them is here, where it is the one that is opened. */
export function askForPosts(): void {
  if (currentPage() !== "posts") return;
  const state = queryPart("state") === "deleted" ? "deleted" : "active";
  // A failure is told by the page that asks again.
  queryClient.infiniteQuery(queryOf(state)).catch(() => undefined);
}

/** What others have changed is seen when the visitor comes back to this tab. */
function watchReturn(state: State): () => void {
  const look = () => {
    const query = queryClient.getQueryState(keyOf(state));
    const isOld = query && Date.now() - query.dataUpdatedAt > STALE_MS;
    if (document.visibilityState === "visible" && isOld && query.fetchStatus === "idle") void refetchPosts();
  };
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
  };
}

function mapPages(change: (posts: Post[], page: number) => Post[]): void {
  queryClient.setQueryData<Pages>(keyOf("active"), (data) =>
    data
      ? { ...data, pages: data.pages.map((page, number) => ({ ...page, items: change(page.items, number) })) }
      : data,
  );
}

/** Change each of these posts; null takes it away. */
export function changeCachedPosts(ids: ReadonlySet<number>, change: (post: Post) => Post | null): void {
  mapPages((posts) =>
    posts.some((post) => ids.has(post.id))
      ? posts.flatMap((post) => (ids.has(post.id) ? (change(post) ?? []) : post))
      : posts,
  );
}

/** Put posts back that were taken away; the table has its own order. */
export function putBackPosts(restored: readonly Post[]): void {
  const ids = new Set(restored.map((post) => post.id));
  mapPages((posts, page) => {
    const others = posts.filter((post) => !ids.has(post.id));
    return page === 0 ? [...restored, ...others] : others;
  });
  removeFromTrash(ids);
}

function removeFromTrash(ids: ReadonlySet<number>): void {
  queryClient.setQueryData<Pages>(keyOf("deleted"), (data) =>
    data
      ? {
          ...data,
          pages: data.pages.map((page) => ({ ...page, items: page.items.filter((post) => !ids.has(post.id)) })),
        }
      : data,
  );
}

/** Ask the service for all posts again; gives the active ones. */
export async function refetchPosts(): Promise<Post[]> {
  await queryClient.refetchQueries({ queryKey: ["posts"] });
  return queryClient.getQueryData<Pages>(keyOf("active"))?.pages.flatMap((page) => page.items) ?? [];
}
