import { RotateCcw, Trash2 } from "lucide-react";
import { memo } from "react";

import type { Change } from "../actions/changes";
import type { Post } from "../api/schema";
import type { Column } from "./columns";
import { EditableCell, type EditableField } from "./EditableCell";

interface Props {
  post: Post;
  index: number;
  top: number;
  /** The first is the one that selects. */
  columns: readonly Column[];
  isSelected: boolean;
  isActive: boolean;
  isTrash: boolean;
  /** Which of its texts is being changed. */
  editing: EditableField | null;
  /** A change that is shown already and not confirmed yet. */
  pending: Change | undefined;
  onEdited: (post: Post, field: EditableField, value: string | null) => void;
}

export function rowElementId(postId: number): string {
  return `post-${postId}`;
}

export const PostRow = memo(function PostRow(props: Props) {
  const { post, index, top, columns, isSelected, isActive, isTrash, editing, pending, onEdited } = props;
  const className = ["row", isActive && "active", pending && `pending pending-${pending.kind}`]
    .filter(Boolean)
    .join(" ");
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
      <div role="gridcell" className="cell cell-select" data-cell="select" data-handle>
        <input type="checkbox" tabIndex={-1} aria-label={`Select ${nameOf(post)}`} checked={isSelected} readOnly />
      </div>
      <PostCells post={post} columns={columns} isTrash={isTrash} editing={editing} onEdited={onEdited} />
    </div>
  );
});

function nameOf(post: Post): string {
  return post.title ?? "Untitled";
}

type CellProps = Pick<Props, "post" | "columns" | "isTrash" | "editing" | "onEdited">;

/** All cells but the first: to be selected, or to have the cursor, changes none of them. */
const PostCells = memo(function PostCells({ post, columns, isTrash, editing, onEdited }: CellProps) {
  const [, ...others] = columns;
  return others.map((column) => (
    <div
      key={column.id}
      role="gridcell"
      className={`cell cell-${column.id}${column.isNumeric ? " numeric" : ""}`}
      data-cell={column.id}
    >
      {column.id === "delete" ? (
        <button
          type="button"
          tabIndex={-1}
          className={`icon-button${isTrash ? "" : " danger"}`}
          data-delete
          aria-label={`${isTrash ? "Restore" : "Delete"} ${nameOf(post)}`}
        >
          {isTrash ? <RotateCcw aria-hidden /> : <Trash2 aria-hidden />}
        </button>
      ) : editing === column.id ? (
        <EditableCell post={post} field={editing} onEdited={onEdited} />
      ) : (
        column.render(post)
      )}
    </div>
  ));
});
