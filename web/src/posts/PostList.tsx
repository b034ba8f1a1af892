import { type RefObject, useCallback, useImperativeHandle, useMemo } from "react";

import type { BulkActions } from "../actions/useBulkActions";
import type { Post } from "../api/schema";
import { formatBytes, formatCount } from "../lib/format";
import { add, anchorAt, extendTo, remove, type Selection, toggle } from "../lib/selection";
import { type ListHandle, TileGrid } from "../ui/TileGrid";
import { useGridKeys } from "../ui/useGridKeys";
import { DaysLeft } from "./DaysLeft";
import type { EditableField } from "./EditableCell";
import { PostPicture } from "./PostPicture";
import { PostTable } from "./PostTable";
import type { Editing } from "./TableBody";
import { useTileSize } from "./Toolbar";
import type { PostTableModel } from "./usePostTable";
import type { View } from "./view";

export interface RangeHandle {
  startRange: (id: number) => void;
  extendRange: (id: number) => void;
}

interface Props {
  view: View;
  model: PostTableModel;
  selection: Selection;
  /** How many of the posts that are shown are selected. */
  shownSelected: number;
  select: (change: (selection: Selection) => Selection) => void;
  onNone: () => void;
  actions: BulkActions;
  activeId: number | null;
  setActiveId: (id: number | null) => void;
  editing: Editing | null;
  setEditing: (editing: Editing | null) => void;
  label: string;
  scroller: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  range: RefObject<RangeHandle | null>;
  onOpen: (id: number) => void;
  /** A text in the table is no longer being changed: the focus goes back to the list. */
  onLeaveEdit: () => void;
  onDelete: () => void;
  onRowButton: (id: number) => void;
  onFirst: (index: number) => void;
}

/** The posts as a table or as pictures: two ways to see and select the same. */
export function PostList(props: Props) {
  const { view, model, selection, select, actions, activeId, setActiveId, setEditing, scroller, onOpen, onLeaveEdit } =
    props;
  const { order } = model;
  const isTrash = view.state === "deleted";
  const { start } = actions;

  const onToggle = useCallback(
    (id: number, isRange: boolean) => {
      setActiveId(id);
      select((now) => (isRange ? extendTo(now, order, id) : toggle(now, id)));
    },
    [order, select, setActiveId],
  );
  const onKeyDown = useGridKeys({
    order,
    activeId,
    setActiveId,
    select,
    onDelete: props.onDelete,
    onOpen,
    onNone: props.onNone,
  });
  useImperativeHandle(
    props.range,
    () => ({
      startRange: (id) => {
        setActiveId(id);
        // Drawn from one that is selected, a range takes away.
        select((now) => (now.ids.has(id) ? toggle(now, id) : anchorAt(now, id)));
      },
      extendRange: (id) => select((now) => extendTo(now, order, id)),
    }),
    [order, select, setActiveId],
  );
  const onEdited = useCallback(
    (post: Post, field: EditableField, value: string | null) => {
      setEditing(null);
      onLeaveEdit();
      if (value === null || (field === "title" && value === "")) return;
      start({ kind: "edit", edit: { [field]: value, addHashtags: [], removeHashtags: [] } }, [post.id]);
    },
    [setEditing, onLeaveEdit, start],
  );
  if (view.layout === "grid") {
    return <PostGrid {...props} isTrash={isTrash} onToggle={onToggle} onKeyDown={onKeyDown} />;
  }
  return (
    <PostTable
      model={model}
      selection={selection}
      shownSelected={props.shownSelected}
      pending={actions.pending}
      activeId={activeId}
      editing={props.editing}
      isTrash={isTrash}
      label={props.label}
      scroller={scroller}
      handle={props.handle}
      onRowClick={onToggle}
      onOpen={onOpen}
      onRowButton={props.onRowButton}
      onEdit={(editing) => {
        if (actions.job === null) setEditing(editing);
      }}
      onEdited={onEdited}
      onSelectAll={() => {
        const isAll = props.shownSelected === order.length;
        select((now) => (isAll ? remove(now, order) : add(now, order)));
      }}
      onKeyDown={onKeyDown}
      onFirst={props.onFirst}
    />
  );
}

interface GridProps extends Props {
  isTrash: boolean;
  onToggle: (id: number, isRange: boolean) => void;
  onKeyDown: ReturnType<typeof useGridKeys>;
}

/** The posts as pictures. Tiles know things by text. */
function PostGrid(props: GridProps) {
  const { model, selection, actions, activeId, isTrash, onToggle, onOpen } = props;
  const [tileSize] = useTileSize();
  const textIds = useMemo<Selection<string>>(
    () => ({ ids: new Set([...selection.ids].map(String)), anchor: null, end: null, base: new Set() }),
    [selection.ids],
  );
  const busyIds = useMemo(() => new Set([...actions.pending.keys()].map(String)), [actions.pending]);
  return (
    <TileGrid
      items={model.rows}
      idOf={idOf}
      nameOf={nameOf}
      renderPicture={renderPicture}
      renderCaption={isTrash ? renderTrashCaption : renderCaption}
      label={props.label}
      size={tileSize}
      selection={textIds}
      activeId={activeId === null ? null : String(activeId)}
      busyIds={busyIds}
      handle={props.handle}
      scroller={props.scroller}
      onToggle={(id, isRange) => onToggle(Number(id), isRange)}
      onOpen={(id) => onOpen(Number(id))}
      onKeyDown={props.onKeyDown}
      onFirst={props.onFirst}
    />
  );
}

const idOf = (post: Post) => String(post.id);
const nameOf = (post: Post) => post.title ?? "Untitled";
const renderPicture = (post: Post, size: number) => <PostPicture post={post} box={size} alt="" />;

function renderCaption(post: Post) {
  const parts = [
    post.hidden_by_mod ? "hidden by mod" : post.hidden_by_user ? "hidden" : null,
    post.width && post.height ? `${post.width}×${post.height}` : null,
    post.reaction_count > 0 ? `♥ ${formatCount(post.reaction_count)}` : null,
    post.file_bytes === null ? null : formatBytes(post.file_bytes),
  ];
  return parts.filter((part) => part !== null).map((part) => <span key={part}>{part}</span>);
}

function renderTrashCaption(post: Post) {
  return <DaysLeft post={post} />;
}
