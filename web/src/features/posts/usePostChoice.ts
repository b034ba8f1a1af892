import { useCallback, useMemo } from "react";

import { type Select, useList } from "../../commands/list/useList";
import { MAX_IDS } from "../../platform/lists";
import { add, noSelection, remove, selectionOfAll } from "../../platform/selection";
import { filterPosts } from "./filters";
import type { Filters } from "./filterValues";
import { keyOf } from "./place";
import { selectedPosts, sumsOf } from "./selected";
import type { PostList } from "./usePostList";
import { useSelection } from "./useSelection";
import type { View } from "./view";

export type PostChoice = ReturnType<typeof usePostChoice>;

/**
 * What the user has chosen of the list: cursor and selection. All posts of a filter, more than one request may change, are
 * selected by the filter and not by their ids (`isWhole`): the service changes them.
 */
export function usePostChoice({ view, posts, byId, rows, rowCount, order, isComplete }: PostList) {
  const chosen = useSelection(byId, isComplete, view.state);
  const { whole, setWhole, select: selectIds } = chosen;
  const filterKey = JSON.stringify([view.state, view.filters]);
  const isWhole = whole === filterKey;
  if (whole !== null && !isWhole) {
    // Another filter keeps the selection: from now on by the posts that the page has loaded.
    const [state, filters] = JSON.parse(whole) as [View["state"], Filters];
    if (state === view.state) selectIds(() => selectionOfAll(filterPosts(posts, posts, filters)));
    setWhole(null);
  }
  const selection = useMemo(
    () => (isWhole ? selectionOfAll(rows) : chosen.selection),
    [isWhole, rows, chosen.selection],
  );
  const select: Select = useCallback(
    (change) => {
      setWhole(null);
      selectIds((now) => change(isWhole ? selection : now));
    },
    [isWhole, selection, selectIds, setWhole],
  );
  const selectAll = useCallback(() => {
    if (isComplete && rowCount <= MAX_IDS) {
      select((now) => add(now, order.slice(0, order.length)));
      return;
    }
    selectIds(() => noSelection);
    setWhole(filterKey);
  }, [isComplete, rowCount, order, filterKey, select, selectIds, setWhole]);
  const list = useList({ order, key: keyOf(view), selection, select });
  const { selected, outsideFilter } = useMemo(
    () => (isWhole ? { selected: rows, outsideFilter: 0 } : selectedPosts(selection.ids, rows, byId)),
    [isWhole, selection.ids, rows, byId],
  );
  /** What commands apply to: the selection, else the current post. */
  const active = list.activeId === null ? undefined : byId.get(list.activeId);
  const atHand = useMemo(() => (selected.length > 0 || !active ? selected : [active]), [selected, active]);
  const sums = useMemo(() => sumsOf(atHand.length === posts.length ? posts : atHand), [atHand, posts]);
  return {
    ...list,
    ...{ selected, outsideFilter, atHand, sums, isWhole, selectAll },
    count: isWhole ? rowCount : selected.length,
    /** What is exported and printed: the selection, or all visible posts. */
    exported: selected.length > 0 ? selected : rows,
    /** How many visible posts are selected. */
    shownSelected: selected.length - outsideFilter,
    /** Deselect what is listed. */
    selectNone: () => select((now) => (isWhole ? noSelection : remove(now, order.slice(0, order.length)))),
    /** Deselect everything; returns what selects it again. */
    clear: () => {
      const before = chosen.selection;
      select(() => noSelection);
      return isWhole ? selectAll : () => select(() => before);
    },
  };
}
