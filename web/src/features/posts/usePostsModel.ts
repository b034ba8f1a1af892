import { useCallback, useMemo, useState } from "react";

import type { Question } from "./Questions";
import { useBulkActions } from "../../data/changes/runner";
import { usePosts } from "../../data/posts";
import type { Post } from "../../data/schema";
import { useQueryParam } from "../../platform/address";
import { extendTo, toggle } from "../../platform/selection";
import { useHides } from "../../data/hides";
import type { EditableField } from "./EditableCell";
import { sortPosts } from "./facts";
import { isFiltering } from "./filterValues";
import { placesOf } from "./filters";
import { keyOf } from "./place";
import { selectedPosts, sumsOf } from "./selected";
import { useCursor } from "./useCursor";
import { usePostTable } from "./usePostTable";
import { useSelection } from "./useSelection";
import { OPEN, useView } from "./view";

export interface Editing {
  id: number;
  field: EditableField;
}

export type PostsModel = ReturnType<typeof usePostsModel>;

/** The view model of the posts page: view, order, selection, cursor and actions. */
export function usePostsModel() {
  const view = useView();
  const { filters, sort, state } = view;
  const isTrash = state === "deleted";
  const loaded = usePosts(state);
  const { posts, isComplete, total } = loaded;
  const byId = useMemo(() => new Map(posts.map((post) => [post.id, post])), [posts]);
  const sorted = useMemo(() => sortPosts(posts, sort), [posts, sort]);
  // Filtered after sorting: typing into the filter does not sort again.
  const places = useMemo(() => placesOf(posts, sorted, filters), [posts, sorted, filters]);
  const rows = places[filters.visibility];
  const order = useMemo(() => rows.map((post) => post.id), [rows]);
  const table = usePostTable(sort);
  const { selection, select, clear } = useSelection(byId, isComplete, state);
  const { activeId, activeIndex, moves, setActiveId } = useCursor(order, keyOf(view));
  const [question, setQuestion] = useState<Question | null>(null);
  const [opened] = useQueryParam(OPEN);
  const [editing, setEditing] = useState<Editing | null>(null);
  const actions = useBulkActions(byId);
  const hides = useHides(places.moderated.length > 0);

  const { selected, outsideFilter } = useMemo(
    () => selectedPosts(selection.ids, rows, byId),
    [selection.ids, rows, byId],
  );
  /** What commands apply to: the selection, else the current post. */
  const active = activeId === null ? undefined : byId.get(activeId);
  const atHand = useMemo(() => (selected.length > 0 || !active ? selected : [active]), [selected, active]);
  const sums = useMemo(() => sumsOf(atHand.length === posts.length ? posts : atHand), [atHand, posts]);
  /** A click: toggle, or with Shift extend the range. */
  const pick = useCallback(
    (id: number, isRange: boolean) => {
      setActiveId(id);
      select((now) => (isRange ? extendTo(now, order, id) : toggle(now, id)));
    },
    [order, select, setActiveId],
  );
  const ask = useCallback(
    (about: Question["about"], whom: Post[]) => {
      if (whom.length > 0 && actions.job === null) setQuestion({ about, posts: whom });
    },
    [actions.job],
  );
  // Placeholders for posts that are still loading, if the total is known.
  const isAsTheyCome = !isComplete && !isFiltering(filters) && sort.id === "date" && sort.desc;
  return {
    ...loaded,
    ...{
      view,
      isTrash,
      byId,
      filters,
      table,
      places,
      rows,
      order,
      selection,
      select,
      clear,
      selected,
      outsideFilter,
      atHand,
      sums,
    },
    ...{ activeId, activeIndex, moves, setActiveId, question, setQuestion, ask, pick, hides },
    ...{ openId: Number(opened) || null, editing, setEditing, actions },
    rowCount: isAsTheyCome ? Math.max(rows.length, total ?? 0) : rows.length,
    /** What is exported and printed: the selection, or all visible posts. */
    exported: selected.length > 0 ? selected : rows,
    /** How many visible posts are selected. */
    shownSelected: selected.length - outsideFilter,
  };
}
