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
  const { post, index, top, isSelected, isActive, pending, isTrash } = props;
  const title = post.title ?? "Untitled";
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
      {props.columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={`cell cell-${column.id}${column.isNumeric ? " numeric" : ""}`}
          data-cell={column.id}
          data-handle={column.id === "select" ? true : undefined}
        >
          {column.id === "select" ? (
            <input type="checkbox" tabIndex={-1} aria-label={`Select ${title}`} checked={isSelected} readOnly />
          ) : column.id === "delete" ? (
            <button
              type="button"
              tabIndex={-1}
              className={`icon-button${isTrash ? "" : " danger"}`}
              data-delete
              aria-label={`${isTrash ? "Restore" : "Delete"} ${title}`}
            >
              {isTrash ? <RotateCcw aria-hidden /> : <Trash2 aria-hidden />}
            </button>
          ) : props.editing === column.id ? (
            <EditableCell post={post} field={props.editing} onEdited={props.onEdited} />
          ) : (
            column.render(post)
          )}
        </div>
      ))}
    </div>
  );
});
