import { useMemo } from "react";

import { useList } from "../../commands/list/useList";
import { keyOf } from "./place";
import { selectedPosts, sumsOf } from "./selected";
import type { PostList } from "./usePostList";
import { useSelection } from "./useSelection";

export type PostChoice = ReturnType<typeof usePostChoice>;

/** What the user has chosen of the list: cursor and selection. */
export function usePostChoice({ view, posts, byId, rows, order, isComplete }: PostList) {
  const { selection, select, clear } = useSelection(byId, isComplete, view.state);
  const list = useList({ order, key: keyOf(view), selection, select });
  const { selected, outsideFilter } = useMemo(
    () => selectedPosts(selection.ids, rows, byId),
    [selection.ids, rows, byId],
  );
  /** What commands apply to: the selection, else the current post. */
  const active = list.activeId === null ? undefined : byId.get(list.activeId);
  const atHand = useMemo(() => (selected.length > 0 || !active ? selected : [active]), [selected, active]);
  const sums = useMemo(() => sumsOf(atHand.length === posts.length ? posts : atHand), [atHand, posts]);
  return {
    ...list,
    ...{ clear, selected, outsideFilter, atHand, sums },
    /** What is exported and printed: the selection, or all visible posts. */
    exported: selected.length > 0 ? selected : rows,
    /** How many visible posts are selected. */
    shownSelected: selected.length - outsideFilter,
  };
}
