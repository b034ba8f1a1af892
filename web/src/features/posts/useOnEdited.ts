import { useCallback } from "react";

import type { Order } from "../../platform/selection";
import { tellStale } from "../../ui/toast";
import type { Edited } from "./EditableCell";
import type { PostModels } from "./models";

/** Save an edited cell, and move to the next one on Tab. */
export function useOnEdited({ list: { order }, choice, changes }: PostModels, onLeaveEdit: () => void) {
  const { startSteps, setEditing } = changes;
  const { setActiveId } = choice;
  return useCallback(
    ({ post, field, value, before, step, isLeft }: Edited) => {
      const next = step === 0 ? null : nextCell(order, post.id, field, step);
      setEditing(next);
      if (next) setActiveId(next.id);
      else if (!isLeft) onLeaveEdit();
      if (value === null || (field === "title" && value === "")) return;
      const change = { kind: "edit", edit: { [field]: value, addHashtags: [], removeHashtags: [] } } as const;
      const save = (from?: Record<string, string | null>) =>
        startSteps([{ change, ids: [post.id], ...(from && { from }) }]);
      const theirs = post[field] ?? "";
      if (theirs === (before ?? "") || theirs === value) save({ [field]: before });
      else tellStale(theirs, value, save);
    },
    [order, setEditing, setActiveId, onLeaveEdit, startSteps],
  );
}

/** Title, description, then the title of the next row. */
function nextCell(order: Order, id: number, field: Edited["field"], step: 1 | -1) {
  const leavesRow = (field === "description") === (step === 1);
  const index = order.indexOf(id) + (leavesRow ? step : 0);
  const to = order.at(index);
  return to === undefined ? null : { id: to, field: field === "title" ? ("description" as const) : ("title" as const) };
}
