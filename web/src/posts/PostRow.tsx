import { FlexRender } from "@tanstack/react-table";
import { Trash2 } from "lucide-react";
import { memo } from "react";

import type { Change } from "../actions/changes";
import type { PostTableRow } from "./usePostTable";

interface Props {
  row: PostTableRow;
  index: number;
  top: number;
  isSelected: boolean;
  isActive: boolean;
  /** A change that is shown already and not confirmed yet. */
  pending: Change | undefined;
  /** The ids of the shown columns: the row is drawn anew when they change. */
  columnsKey: string;
}

export function rowElementId(postId: number): string {
  return `post-${postId}`;
}

export const PostRow = memo(function PostRow({ row, index, top, isSelected, isActive, pending }: Props) {
  const post = row.original;
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
      {row.getVisibleCells().map((cell) => {
        const { id, columnDef } = cell.column;
        return (
          <div key={id} role="gridcell" className={`cell cell-${id}${columnDef.meta?.isNumeric ? " numeric" : ""}`}>
            {id === "select" ? (
              <input type="checkbox" tabIndex={-1} aria-label={`Select ${title}`} checked={isSelected} readOnly />
            ) : id === "delete" ? (
              <button
                type="button"
                tabIndex={-1}
                className="icon-button danger"
                data-delete
                aria-label={`Delete ${title}`}
              >
                <Trash2 aria-hidden />
              </button>
            ) : (
              <FlexRender cell={cell} />
            )}
          </div>
        );
      })}
    </div>
  );
});
