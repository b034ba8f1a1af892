import { useMemo } from "react";

import { useReported } from "../../data/moderation/reports";
import { usePosts } from "../../data/posts";
import { orderOf } from "../../platform/selection";
import { sortPosts } from "./facts";
import { isFiltering } from "./filterValues";
import { placesOf } from "./filters";
import { useView } from "./view";

export type PostList = ReturnType<typeof usePostList>;

/** What is listed: the posts of the view, filtered and sorted. */
export function usePostList() {
  const view = useView();
  const { filters, sort, state } = view;
  const loaded = usePosts(state);
  const { posts, isComplete, total } = loaded;
  const byId = useMemo(() => new Map(posts.map((post) => [post.id, post])), [posts]);
  const sorted = useMemo(() => sortPosts(posts, sort), [posts, sort]);
  // Filtered after sorting: typing into the filter does not sort again.
  const reported = useReported();
  const places = useMemo(() => placesOf(posts, sorted, filters, reported), [posts, sorted, filters, reported]);
  const rows = places[filters.status];
  const order = useMemo(() => orderOf(rows), [rows]);
  // Placeholders for posts that are still loading, if the total is known.
  const isAsTheyCome = !isComplete && !isFiltering(filters) && sort.id === "date" && sort.desc;
  const rowCount = isAsTheyCome ? Math.max(rows.length, total ?? 0) : rows.length;
  return { ...loaded, view, filters, isTrash: state === "deleted", byId, places, rows, order, rowCount };
}
