import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type RefObject, useEffect, useImperativeHandle } from "react";

import type { Change } from "../actions/changes";
import type { Post } from "../api/schema";
import type { Selection } from "../lib/selection";
import type { ListHandle } from "../ui/TileGrid";
import type { EditableField } from "./EditableCell";
import { PostRow } from "./PostRow";
import type { PostTableModel } from "./usePostTable";

export const ROW_HEIGHT = 44;
const HEAD_HEIGHT = 36;

export interface Editing {
  id: number;
  field: EditableField;
}

export interface RowEvents {
  onRowClick: (id: number, isRange: boolean) => void;
  onOpen: (id: number) => void;
  /** The button at a row's end: delete, or restore. */
  onRowButton: (id: number) => void;
  onEdit: (editing: Editing) => void;
  onEdited: (post: Post, field: EditableField, value: string | null) => void;
  /** The first row that is on the screen. */
  onFirst: (index: number) => void;
}

interface Props extends RowEvents {
  model: PostTableModel;
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  selection: Selection;
  pending: ReadonlyMap<number, Change>;
  editing: Editing | null;
  isTrash: boolean;
  /** The row that the keyboard is at; -1 for none. */
  activeIndex: number;
}

/** The rows on the screen and a few around it; all that scrolling draws anew. */
export function TableBody(props: Props) {
  const { model, scroller, handle, selection, pending, editing, activeIndex, onFirst } = props;
  const { rows } = model;

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollMargin: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    // Drawn with the next frame rather than at once: a fast wheel sends several scroll events a frame.
    useFlushSync: false,
    // The row that the keyboard is at stays in the page, or aria-activedescendant would point at nothing.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (activeIndex >= 0 && !indexes.includes(activeIndex)) indexes.push(activeIndex);
      return indexes.sort((a, b) => a - b);
    },
  });

  useImperativeHandle(handle, () => ({
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: "start" }),
  }));
  useEffect(() => {
    if (activeIndex >= 0) virtualizer.scrollToIndex(activeIndex, { align: "auto" });
  }, [activeIndex, virtualizer]);

  const offset = virtualizer.scrollOffset ?? 0;
  const firstRow = Math.min(Math.max(0, rows.length - 1), Math.round(offset / ROW_HEIGHT));
  useEffect(() => onFirst(firstRow), [firstRow, onFirst]);

  const at = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]);
    return { target, id, cell: target.closest<HTMLElement>("[data-cell]")?.dataset["cell"] };
  };
  const onClick = (event: MouseEvent) => {
    const { target, id, cell } = at(event);
    if (!id) return;
    if (target.closest("[data-delete]")) props.onRowButton(id);
    else if (cell === "thumbnail" && !event.shiftKey) props.onOpen(id);
    else props.onRowClick(id, event.shiftKey);
  };
  const onDoubleClick = (event: MouseEvent) => {
    const { id, cell } = at(event);
    if (id && !props.isTrash && (cell === "title" || cell === "description")) props.onEdit({ id, field: cell });
  };

  return (
    <div
      role="rowgroup"
      className="body"
      style={{ height: `${virtualizer.getTotalSize()}px` }}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
      onMouseDown={(event) => {
        // A range is selected by shift-click, a text changed by a double click; the browser would select text with it.
        if (event.shiftKey || (event.detail > 1 && !(event.target instanceof HTMLInputElement))) event.preventDefault();
      }}
    >
      {virtualizer.getVirtualItems().map((item) => {
        const post = rows[item.index];
        return (
          post && (
            <PostRow
              // A place in the list keeps its row: sorted and filtered, only its texts change. What is being typed moves
              // with its post.
              key={editing?.id === post.id ? `editing ${post.id}` : item.index}
              post={post}
              index={item.index}
              top={item.start - HEAD_HEIGHT}
              columns={model.shown}
              isSelected={selection.ids.has(post.id)}
              isActive={item.index === activeIndex}
              isTrash={props.isTrash}
              editing={editing?.id === post.id ? editing.field : null}
              pending={pending.get(post.id)}
              onEdited={props.onEdited}
            />
          )
        );
      })}
    </div>
  );
}
