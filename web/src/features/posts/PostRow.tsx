import { memo } from "react";

import type { Change } from "../../data/changes/changes";
import type { Hide, Post } from "../../data/schema";
import type { Column } from "./columns";
import { EditableCell, type EditableField, type Edited } from "./EditableCell";
import { cellOf } from "./cells";

interface Props {
  post: Post;
  /** A moderator's reason for hiding it. */
  hide: Hide | undefined;
  index: number;
  top: number;
  /** The first is the checkbox. */
  columns: readonly Column[];
  isSelected: boolean;
  isActive: boolean;
  /** The field being edited. */
  editing: EditableField | null;
  /** An optimistic change that is not confirmed yet. */
  pending: Change | undefined;
  onEdited: (edited: Edited) => void;
}

export function rowElementId(postId: number): string {
  return `post-${postId}`;
}

export const PostRow = memo(function PostRow(props: Props) {
  const { post, hide, index, top, columns, isSelected, isActive, editing, pending, onEdited } = props;
  const look = pending ? `row pending pending-${pending.kind}` : "row";
  return (
    <div
      role="row"
      id={rowElementId(post.id)}
      data-id={post.id}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-busy={pending !== undefined}
      className={isActive ? `${look} active` : look}
      style={{ transform: `translateY(${top}px)` }}
    >
      <PostCells post={post} hide={hide} columns={columns} editing={editing} onEdited={onEdited} />
    </div>
  );
});

type CellProps = Pick<Props, "post" | "hide" | "columns" | "editing" | "onEdited">;

/** The cells do not depend on selection or cursor: the checkbox is styled by the row's state. */
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
