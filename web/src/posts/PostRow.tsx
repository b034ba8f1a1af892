import { memo } from "react";

import type { Change } from "../actions/changes";
import type { Hide, Post } from "../api/schema";
import type { Column } from "./columns";
import { EditableCell, type EditableField, type Edited } from "./EditableCell";
import { cellOf } from "./cells";

interface Props {
  post: Post;
  /** Why a moderator has hidden it. */
  hide: Hide | undefined;
  index: number;
  top: number;
  /** The first is the one that selects. */
  columns: readonly Column[];
  isSelected: boolean;
  isActive: boolean;
  /** Which of its texts is being changed. */
  editing: EditableField | null;
  /** A change that is shown already and not confirmed yet. */
  pending: Change | undefined;
  onEdited: (edited: Edited) => void;
}

export function rowElementId(postId: number): string {
  return `post-${postId}`;
}

export const PostRow = memo(function PostRow(props: Props) {
  const { post, hide, index, top, columns, isSelected, isActive, editing, pending, onEdited } = props;
  const className = `row${isActive ? " active" : ""}${pending ? ` pending pending-${pending.kind}` : ""}`;
  return (
    <div
      role="row"
      id={rowElementId(post.id)}
      data-id={post.id}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-busy={pending !== undefined}
      className={className}
      style={{ transform: `translateY(${top}px)` }}
    >
      <PostCells post={post} hide={hide} columns={columns} editing={editing} onEdited={onEdited} />
    </div>
  );
});

type CellProps = Pick<Props, "post" | "hide" | "columns" | "editing" | "onEdited">;

/** All cells: to be selected, or to have the cursor, changes none of them; the box is drawn by the row's own state. */
const PostCells = memo(function PostCells({ post, hide, columns, editing, onEdited }: CellProps) {
  return columns.map(({ id, isNumeric }) => (
    <div
      key={id}
      role="gridcell"
      className={`cell cell-${id}${isNumeric ? " numeric" : ""}`}
      data-cell={id}
      data-handle={id === "select" ? "" : undefined}
    >
      {id === "title" && editing ? (
        <EditableCell key={editing} post={post} field={editing} onEdited={onEdited} />
      ) : (
        cellOf(id, post, hide)
      )}
    </div>
  ));
});
