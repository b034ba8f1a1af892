import { useCallback, useDeferredValue, useMemo, useState } from "react";

import type { Question } from "../actions/BulkActionsPanel";
import { useBulkActions } from "../actions/runner";
import { usePosts } from "../api/posts";
import type { Post } from "../api/schema";
import { extendTo, toggle } from "../lib/selection";
import type { EditableField } from "./EditableCell";
import { selectedPosts } from "./selected";
import { useCursor } from "./useCursor";
import { usePostTable } from "./usePostTable";
import { useSelection } from "./useSelection";
import { useView } from "./view";

export interface Editing {
  id: number;
  field: EditableField;
}

export type PostsModel = ReturnType<typeof usePostsModel>;

/** What all parts of the page of posts share: what is shown and in which order, what is selected, and what is done to it. */
export function usePostsModel() {
  const view = useView();
  const isTrash = view.state === "deleted";
  const loaded = usePosts(view.state);
  const { posts, isComplete } = loaded;
  const byId = useMemo(() => new Map(posts.map((post) => [post.id, post])), [posts]);
  const filters = useDeferredValue(view.filters);
  const table = usePostTable(posts, filters, view.sort);
  const { rows, order } = table;
  const { selection, select, clear } = useSelection(byId, isComplete, view.state);
  const [activeId, setActiveId] = useCursor(order);
  const [question, setQuestion] = useState<Question | null>(null);
  const [openId, setOpenId] = useState<number | null>(null);
  const [editing, setEditing] = useState<Editing | null>(null);
  const actions = useBulkActions(byId);

  const { selected, outsideFilter } = useMemo(
    () => selectedPosts(selection.ids, rows, byId),
    [selection.ids, rows, byId],
  );
  /** A click: one more or less, or all up to here. */
  const pick = useCallback(
    (id: number, isRange: boolean) => {
      setActiveId(id);
      select((now) => (isRange ? extendTo(now, order, id) : toggle(now, id)));
    },
    [order, select, setActiveId],
  );
  const askToDelete = useCallback(
    (about: Post[]) => {
      if (about.length > 0 && actions.job === null && !isTrash) setQuestion({ about: "delete", posts: about });
    },
    [actions.job, isTrash],
  );
  return {
    ...loaded,
    ...{ view, isTrash, byId, filters, table, rows, order, selection, select, clear, selected, outsideFilter, pick },
    ...{ activeId, setActiveId, question, setQuestion, askToDelete, openId, setOpenId, editing, setEditing, actions },
    /** What is exported and printed: the selected posts, or all that are shown. */
    told: selected.length > 0 ? selected : rows,
    /** How many of the posts that are shown are selected. */
    shownSelected: selected.length - outsideFilter,
  };
}
