import "./PostTable.css";

import type { MouseEvent, RefObject } from "react";

import { type ListHandle, useRows } from "../../commands/list/useRows";
import { MEDIA } from "../../platform/media";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { PostRow, rowElementId } from "./PostRow";
import { TableHead } from "./TableHead";
import { useListPointer } from "./useListPointer";
import { useOnEdited } from "./useOnEdited";
import type { PostModels } from "./models";
import type { PostTableModel } from "./usePostTable";
import { scaled } from "../../platform/textSize";

const ROW_HEIGHT = scaled(44);
const NARROW_ROW_HEIGHT = scaled(65);
const HEAD_HEIGHT = { mouse: scaled(30), finger: scaled(44) };
/** Rows rendered beyond the viewport. */
const OVERSCAN = 2;

export interface ListProps extends PostModels {
  table: PostTableModel;
  label: string;
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  /** Editing has ended: return the focus to the list. */
  onLeaveEdit: () => void;
}

/** The virtualized table of posts. */
export function PostTable(props: ListProps) {
  const { list, choice, table, scroller } = props;
  const { rowCount, order } = list;
  const { activeId, activeIndex, shownSelected } = choice;
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
      style={{ "--columns": table.template, "--grid-width": `${table.least / 16}rem` }}
    >
      <TableHead
        model={table}
        selected={shownSelected === 0 ? "none" : isAll ? "all" : "some"}
        onSelectAll={isAll ? choice.selectNone : choice.selectAll}
      />
      <TableBody {...props} />
    </div>
  );
}

/** The rendered rows, the only part that scrolling renders again. Rows not rendered yet show a striped background. */
function TableBody({ list, choice, changes, table, scroller, handle, onLeaveEdit }: ListProps) {
  const { rows, rowCount } = list;
  const { activeIndex, moves, selection } = choice;
  const { pending, editing, setEditing, hides } = changes;
  const isNarrow = useMediaQuery(MEDIA.upright);
  const rowHeight = isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const isFinger = useMediaQuery("(pointer: coarse)");
  const head = isNarrow ? 0 : HEAD_HEIGHT[isFinger ? "finger" : "mouse"];
  const virtualizer = useRows({
    ...{ scroller, handle, activeIndex, moves, head },
    count: rowCount,
    heightOf: () => rowHeight,
    measure: rowHeight,
    columns: 1,
    overscan: OVERSCAN,
    isSync: true,
  });
  const onEdited = useOnEdited({ list, choice, changes }, onLeaveEdit);
  const pointer = useListPointer({ list, choice, changes });
  const onDoubleClick = (event: MouseEvent) => {
    const field = (event.target as HTMLElement).closest<HTMLElement>("[data-field]")?.dataset["field"];
    const id = pointer.idAt(event);
    if (id && !list.isTrash && (field === "title" || field === "description")) setEditing({ id, field });
  };
  const drawn = virtualizer.getVirtualItems();
  // Row recycling: rows that leave the viewport are reused at the other end, so that only their content changes. Before the
  // height is known there are as many slots as rows: of two rows with the same key one would never unmount.
  const slots = Math.max(drawn.length, Math.ceil((virtualizer.scrollRect?.height ?? 0) / rowHeight) + 2 * OVERSCAN + 1);
  // The cursor's row may be far from the others.
  const from = (virtualizer.range?.startIndex ?? 0) - OVERSCAN;
  const items = drawn.map(({ index, start }) => {
    const isApart = index < from || index >= from + slots;
    return { index, start, key: isApart ? "active" : String(index % slots) };
  });
  return (
    <div
      role="rowgroup"
      className="body"
      style={{ height: `${rowCount * rowHeight}px` }}
      onClick={pointer.onClick}
      onContextMenu={pointer.onContextMenu}
      onDoubleClick={onDoubleClick}
      onMouseDown={(event) => {
        // Shift-click and double click would select text.
        if (event.shiftKey || (event.detail > 1 && !(event.target instanceof HTMLInputElement))) event.preventDefault();
      }}
    >
      {items.map(({ index, start, key }) => {
        const post = rows[index];
        return (
          post && (
            <PostRow
              // The edited row moves with its post.
              key={editing?.id === post.id ? `editing ${post.id}` : key}
              post={post}
              hide={hides.get(post.id)}
              index={index}
              top={start - head}
              columns={table.shown}
              isSelected={selection.ids.has(post.id)}
              isActive={index === activeIndex}
              editing={editing?.id === post.id ? editing.field : null}
              pending={pending.get(post.id)}
              onEdited={onEdited}
            />
          )
        );
      })}
    </div>
  );
}
