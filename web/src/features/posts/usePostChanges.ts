import { useCallback, useState } from "react";

import { useBulkChanges } from "../../data/changes/runner";
import { useHides } from "../../data/hides";
import type { Post } from "../../data/schema";
import { useAsked } from "../../ui/useDialog";
import type { EditableField } from "./EditableCell";
import type { Question } from "./Questions";
import type { PostList } from "./usePostList";

export type PostChanges = ReturnType<typeof usePostChanges>;

/** What is changed: the bulk change in progress, the dialog before the next one, and the cell being edited. */
export function usePostChanges({ byId, places }: PostList) {
  const changes = useBulkChanges(byId);
  const hides = useHides(places.moderated.length > 0);
  const [question, setQuestion, closeQuestion] = useAsked<Question>();
  const [editing, setEditing] = useState<{ id: number; field: EditableField } | null>(null);
  const isFree = changes.job === null;
  const ask = useCallback(
    (about: Question["about"], posts: readonly Post[], bulk?: Question["bulk"]) => {
      if (posts.length > 0 && isFree) setQuestion({ about, posts, ...(bulk && { bulk }) });
    },
    [isFree, setQuestion],
  );
  return { ...changes, hides, question, setQuestion, closeQuestion, ask, editing, setEditing };
}
