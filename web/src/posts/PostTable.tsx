import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type RefObject, useCallback, useEffect, useEffectEvent } from "react";

import { add, remove } from "../lib/selection";
import { useMediaQuery } from "../ui/useMediaQuery";
import type { Edited } from "./EditableCell";
import { PostRow, rowElementId } from "./PostRow";
import { TableHead } from "./TableHead";
import { type ListHandle, noScroll, observeOffset, useListHandle } from "./useListHandle";
import { NARROW, useListPointer } from "./useListPointer";
import type { PostsModel } from "./usePostsModel";

const ROW_HEIGHT = 44;
const NARROW_ROW_HEIGHT = 65;
const HEAD_HEIGHT = { mouse: 30, finger: 44 };
/** Rows that are drawn above and below those on the screen. */
const OVERSCAN = 2;

export interface ListProps {
  list: PostsModel;
  label: string;
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  /** A text in the table is no longer being changed: the focus goes back to the list. */
  onLeaveEdit: () => void;
}

/** All posts in one grid, of which only the rows on the screen are in the page. */
export function PostTable(props: ListProps) {
  const { list, scroller } = props;
  const { table, rowCount, order, activeId, activeIndex, shownSelected } = list;
  const isAll = shownSelected === order.length;
  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-multiselectable
      aria-rowcount={rowCount + 1}
      aria-colcount={table.shown.length}
      aria-activedescendant={activeIndex >= 0 && activeId !== null ? rowElementId(activeId) : undefined}
      style={{ "--columns": table.template, "--grid-width": `${table.least}px` }}
    >
      <TableHead
        model={table}
        selected={shownSelected === 0 ? "none" : isAll ? "all" : "some"}
        onSelectAll={() => list.select((now) => (isAll ? remove(now, order) : add(now, order)))}
      />
      <TableBody {...props} />
    </div>
  );
}

/** The rows on the screen and two around it; all that scrolling draws anew. What is not drawn yet has its lines. */
function TableBody({ list, scroller, handle, onLeaveEdit }: ListProps) {
  const { table, rows, rowCount, activeIndex, moves, selection, actions, editing, hides } = list;
  const isNarrow = useMediaQuery(NARROW);
  const rowHeight = isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const isFinger = useMediaQuery("(pointer: coarse)");
  const head = isNarrow ? 0 : HEAD_HEIGHT[isFinger ? "finger" : "mouse"];
  const virtualizer = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: head,
    // Before it is measured, as high as the page: the first frame has rows.
    initialRect: { width: 0, height: innerHeight },
    // Drawn in the frame that scrolls there: what is dragged past shows its rows.
    useFlushSync: true,
    scrollToFn: noScroll,
    observeElementOffset: observeOffset,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  useListHandle(handle, scroller, { rowHeight, columns: 1, head });
  const reveal = useEffectEvent(() => {
    if (moves > 0 && activeIndex >= 0) handle.current?.reveal(activeIndex);
  });
  useEffect(() => reveal(), [moves]);

  const onEdited = useOnEdited(list, onLeaveEdit);
  const pointer = useListPointer(list);
  const onDoubleClick = (event: MouseEvent) => {
    const field = (event.target as HTMLElement).closest<HTMLElement>("[data-field]")?.dataset["field"];
    const id = pointer.idAt(event);
    if (id && !list.isTrash && (field === "title" || field === "description")) list.setEditing({ id, field });
  };
  const drawn = virtualizer.getVirtualItems();
  // Rows that leave come back at the other end: scrolled, sorted and filtered, only their texts change. Of a height that
  // is not known yet there are as many as are drawn: of two with one key, one would stay in the page for ever.
  const slots = Math.max(drawn.length, Math.ceil((virtualizer.scrollRect?.height ?? 0) / rowHeight) + 2 * OVERSCAN + 1);
  const items = drawn.map(({ index, start }) => ({ index, start, key: String(index % slots) }));
  // The row that the keyboard is at stays in the page, or aria-activedescendant would point at nothing.
  if (activeIndex >= 0 && !items.some(({ index }) => index === activeIndex)) {
    items.push({ index: activeIndex, start: head + activeIndex * rowHeight, key: "active" });
  }
  return (
    <div
      role="rowgroup"
      className="body"
      style={{ height: `${rowCount * rowHeight}px` }}
      onClick={pointer.onClick}
      onContextMenu={pointer.onContextMenu}
      onDoubleClick={onDoubleClick}
      onMouseDown={(event) => {
        // A range is selected by shift-click, a text changed by a double click; the browser would select text with it.
        if (event.shiftKey || (event.detail > 1 && !(event.target instanceof HTMLInputElement))) event.preventDefault();
      }}
    >
      {items.map(({ index, start, key }) => {
        const post = rows[index];
        return (
          post && (
            <PostRow
              // What is being typed moves with its post.
              key={editing?.id === post.id ? `editing ${post.id}` : key}
              post={post}
              hide={hides.get(post.id)}
              index={index}
              top={start - head}
              columns={table.shown}
              isSelected={selection.ids.has(post.id)}
              isActive={index === activeIndex}
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

/** Keep what was typed into a cell, and go on to the next one where Tab was pressed. */
function useOnEdited(list: PostsModel, onLeaveEdit: () => void) {
  const { order, actions, setEditing, setActiveId } = list;
  const { start } = actions;
  return useCallback(
    ({ post, field, value, step }: Edited) => {
      const next = step === 0 ? null : nextCell(order, post.id, field, step);
      setEditing(next);
      if (next) setActiveId(next.id);
      else onLeaveEdit();
      if (value === null || (field === "title" && value === "")) return;
      start({ kind: "edit", edit: { [field]: value, addHashtags: [], removeHashtags: [] } }, [post.id]);
    },
    [order, setEditing, setActiveId, onLeaveEdit, start],
  );
}

/** Title, description, and then the title of the row below. */
function nextCell(order: readonly number[], id: number, field: Edited["field"], step: 1 | -1) {
  const leavesRow = (field === "description") === (step === 1);
  const index = order.indexOf(id) + (leavesRow ? step : 0);
  const to = order[index];
  return to === undefined ? null : { id: to, field: field === "title" ? ("description" as const) : ("title" as const) };
}
