import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type RefObject, useCallback, useEffect, useImperativeHandle, useMemo } from "react";

import type { Post } from "../api/schema";
import { add, remove } from "../lib/selection";
import type { EditableField } from "./EditableCell";
import { PostRow, rowElementId } from "./PostRow";
import { TableHead } from "./TableHead";
import type { Editing, PostsModel } from "./usePostsModel";

const ROW_HEIGHT = 44;
const HEAD_HEIGHT = 36;

export interface ListHandle {
  scrollTo: (index: number) => void;
  /** How many rows stand on a screen, and how many posts beside each other. */
  shape: () => { rows: number; columns: number };
}

export interface ListProps {
  list: PostsModel;
  label: string;
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  /** Hears of the first post that is on the screen. */
  onFirst: (index: number) => void;
  /** A text in the table is no longer being changed: the focus goes back to the list. */
  onLeaveEdit: () => void;
}

/** All posts in one grid, of which only the rows on the screen are in the page. */
export function PostTable(props: ListProps) {
  const { list, scroller } = props;
  const { table, rows, order, activeId, isTrash, actions, shownSelected, setEditing } = list;
  const activeIndex = useMemo(() => (activeId === null ? -1 : order.indexOf(activeId)), [activeId, order]);
  const isAll = shownSelected === order.length;
  const edit = (editing: Editing) => {
    if (actions.job === null && !isTrash) setEditing(editing);
  };
  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-multiselectable
      aria-rowcount={rows.length + 1}
      aria-colcount={table.shown.length}
      aria-activedescendant={activeIndex >= 0 && activeId !== null ? rowElementId(activeId) : undefined}
      style={{ "--columns": table.template, "--grid-width": `${table.width}px` }}
    >
      <TableHead
        model={table}
        selected={shownSelected === 0 ? "none" : isAll ? "all" : "some"}
        onSelectAll={() => list.select((now) => (isAll ? remove(now, order) : add(now, order)))}
      />
      <TableBody {...props} activeIndex={activeIndex} onEdit={edit} />
    </div>
  );
}

interface BodyProps extends ListProps {
  /** The row that the keyboard is at; -1 for none. */
  activeIndex: number;
  onEdit: (editing: Editing) => void;
}

/** The rows on the screen and a few around it; all that scrolling draws anew. */
function TableBody({ list, scroller, handle, activeIndex, onEdit, onFirst, onLeaveEdit }: BodyProps) {
  const { table, rows, byId, selection, actions, editing, isTrash, setEditing } = list;
  const { start } = actions;

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
    shape: () => {
      const screen = Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT);
      return { rows: Math.max(1, screen - 2), columns: 1 };
    },
  }));
  useEffect(() => {
    if (activeIndex >= 0) virtualizer.scrollToIndex(activeIndex, { align: "auto" });
  }, [activeIndex, virtualizer]);

  const offset = virtualizer.scrollOffset ?? 0;
  const firstRow = Math.min(Math.max(0, rows.length - 1), Math.round(offset / ROW_HEIGHT));
  useEffect(() => onFirst(firstRow), [firstRow, onFirst]);

  const onEdited = useCallback(
    (post: Post, field: EditableField, value: string | null) => {
      setEditing(null);
      onLeaveEdit();
      if (value === null || (field === "title" && value === "")) return;
      start({ kind: "edit", edit: { [field]: value, addHashtags: [], removeHashtags: [] } }, [post.id]);
    },
    [setEditing, onLeaveEdit, start],
  );
  const onRowButton = (id: number) => {
    const post = byId.get(id);
    if (!post || actions.job !== null) return;
    if (isTrash) start({ kind: "restore" }, [id]);
    else list.askToDelete([post]);
  };
  const at = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]);
    return { target, id, cell: target.closest<HTMLElement>("[data-cell]")?.dataset["cell"] };
  };
  const onClick = (event: MouseEvent) => {
    const { target, id, cell } = at(event);
    if (!id) return;
    if (target.closest("[data-delete]")) onRowButton(id);
    else if (cell === "thumbnail" && !event.shiftKey) list.setOpenId(id);
    else list.pick(id, event.shiftKey);
  };
  const onDoubleClick = (event: MouseEvent) => {
    const { id, cell } = at(event);
    if (id && (cell === "title" || cell === "description")) onEdit({ id, field: cell });
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
              columns={table.shown}
              isSelected={selection.ids.has(post.id)}
              isActive={item.index === activeIndex}
              isTrash={isTrash}
              editing={editing?.id === post.id ? editing.field : null}
              pending={actions.pending.get(post.id)}
              onEdited={onEdited}
            />
          )
        );
      })}
    </div>
  );
}
