import { type KeyboardEvent, type RefObject, useMemo } from "react";

import type { Change } from "../actions/changes";
import type { Selection } from "../lib/selection";
import type { ListHandle } from "../ui/TileGrid";
import { rowElementId } from "./PostRow";
import { type Editing, ROW_HEIGHT, type RowEvents, TableBody } from "./TableBody";
import { TableHead } from "./TableHead";
import type { PostTableModel } from "./usePostTable";

interface Props extends RowEvents {
  model: PostTableModel;
  selection: Selection;
  shownSelected: number;
  pending: ReadonlyMap<number, Change>;
  activeId: number | null;
  editing: Editing | null;
  isTrash: boolean;
  label: string;
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  onSelectAll: () => void;
  onKeyDown: (event: KeyboardEvent, rowsPerScreen: number) => void;
}

/** All posts in one grid, of which only the rows on the screen are in the page. */
export function PostTable(props: Props) {
  const { model, shownSelected, activeId, editing, scroller } = props;
  const { rows, order, shown } = model;
  const activeIndex = useMemo(() => (activeId === null ? -1 : order.indexOf(activeId)), [activeId, order]);
  const selected = shownSelected === 0 ? "none" : shownSelected === order.length ? "all" : "some";

  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-multiselectable
      aria-rowcount={rows.length + 1}
      aria-colcount={shown.length}
      aria-activedescendant={activeIndex >= 0 && activeId !== null ? rowElementId(activeId) : undefined}
      style={{ "--columns": model.template, "--grid-width": `${model.width}px` }}
      onKeyDown={(event) => {
        const screen = Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT);
        if (event.key === "F2" && activeId !== null && !props.isTrash) props.onEdit({ id: activeId, field: "title" });
        else props.onKeyDown(event, Math.max(1, screen - 2));
      }}
    >
      <TableHead model={model} selected={selected} onSelectAll={props.onSelectAll} />
      <TableBody {...props} editing={editing} activeIndex={activeIndex} />
    </div>
  );
}
