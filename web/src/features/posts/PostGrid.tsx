import "./PostGrid.css";

import { t } from "@lingui/core/macro";
import { memo, useCallback } from "react";
import * as v from "valibot";

import type { Post } from "../../data/schema";
import { formatBytes, formatCount } from "../../platform/format";
import { useRows } from "../../commands/list/useRows";
import { useStored } from "../../platform/stored";
import { SizeSlider } from "../../ui/SizeSlider";
import { useElementSize } from "../../ui/useElementSize";
import { DaysLeft, nameOf } from "./cells";
import { EditableCell, type Edited } from "./EditableCell";
import { PostPicture } from "./PostPicture";
import type { ListProps } from "./PostTable";
import { useListPointer } from "./useListPointer";
import { useOnEdited } from "./useOnEdited";
import { scaled } from "../../platform/textSize";

const GAP = 10;
const CAPTION = scaled(46);
const SIZES = { min: 72, max: 320, step: 8, usual: 136 };
const TileSize = v.pipe(v.number(), v.minValue(SIZES.min), v.maxValue(SIZES.max));

/** The thumbnail size, persisted; shared by toolbar and grid. */
function useTileSize() {
  return useStored("pmd.tile-size", TileSize, SIZES.usual);
}

export function TileSlider() {
  const [size, setSize] = useTileSize();
  return <SizeSlider value={size} min={SIZES.min} max={SIZES.max} step={SIZES.step} onChange={setSize} />;
}

/** A virtualized grid. A click opens; the checkbox, Ctrl or Shift selects. */
export function PostGrid({ list, choice, changes, label, scroller, handle, onLeaveEdit }: ListProps) {
  const { rows: posts, rowCount } = list;
  const { selection, activeId, activeIndex, moves } = choice;
  const [size] = useTileSize();
  const { width } = useElementSize(scroller);
  const columns = Math.max(1, Math.floor((width - GAP) / (size + GAP)));
  const rowHeight = size + CAPTION + GAP;

  const virtualizer = useRows({
    ...{ scroller, handle, activeIndex, moves, columns },
    count: Math.ceil(rowCount / columns),
    heightOf: () => rowHeight,
    measure: rowHeight,
    head: GAP,
    overscan: 1,
    isSync: true,
  });
  const pointer = useListPointer({ list, choice, changes });
  const save = useOnEdited({ list, choice, changes }, onLeaveEdit);
  // A tile has one text to edit: Tab ends here.
  const onEdited = useCallback((edited: Edited) => save({ ...edited, step: 0 }), [save]);

  return (
    <div
      ref={scroller}
      className="tiles"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-multiselectable
      aria-rowcount={Math.ceil(rowCount / columns)}
      aria-colcount={columns}
      aria-activedescendant={activeIndex >= 0 && activeId !== null ? `tile-${activeId}` : undefined}
      style={{ "--tile": `${size}px` }}
      onClick={pointer.onClick}
      onContextMenu={pointer.onContextMenu}
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault();
      }}
    >
      <div role="rowgroup" className="tiles-body" style={{ height: `${GAP + virtualizer.getTotalSize()}px` }}>
        {virtualizer.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="row"
            aria-rowindex={row.index + 1}
            className="tile-row"
            style={{ transform: `translateY(${row.start}px)` }}
          >
            {posts.slice(row.index * columns, (row.index + 1) * columns).map((post) => (
              <Tile
                key={post.id}
                post={post}
                size={size}
                isSelected={selection.ids.has(post.id)}
                isActive={post.id === activeId}
                isBusy={changes.pending.has(post.id)}
                isEditing={changes.editing?.id === post.id}
                onEdited={onEdited}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

interface TileProps {
  post: Post;
  size: number;
  isSelected: boolean;
  isActive: boolean;
  isBusy: boolean;
  isEditing: boolean;
  onEdited: (edited: Edited) => void;
}

const Tile = memo(function Tile({ post, size, isSelected, isActive, isBusy, isEditing, onEdited }: TileProps) {
  const name = nameOf(post);
  return (
    <div
      role="gridcell"
      id={`tile-${post.id}`}
      data-id={post.id}
      aria-selected={isSelected}
      aria-busy={isBusy}
      className={`tile${isActive ? " active" : ""}`}
    >
      <PostPicture post={post} box={size} />
      <span className="tile-tick" data-handle>
        <span className="tick-box" />
      </span>
      <div className="tile-caption" data-handle>
        {isEditing ? (
          <EditableCell post={post} field="title" onEdited={onEdited} />
        ) : (
          <span className="cut tile-name" dir="auto" title={name}>
            {name}
          </span>
        )}
        <span className="tile-line">
          {post.deleted_at ? <DaysLeft post={post} /> : factsOf(post).map((fact) => <span key={fact}>{fact}</span>)}
        </span>
      </div>
    </div>
  );
});

function factsOf(post: Post): string[] {
  const facts = [
    post.hidden_by_mod ? t`hidden by mod` : post.hidden_by_user ? t`hidden` : null,
    post.width && post.height ? `${post.width}×${post.height}` : null,
    post.reaction_count > 0 ? `♥ ${formatCount(post.reaction_count)}` : null,
    post.file_bytes === null ? null : formatBytes(post.file_bytes),
  ];
  return facts.filter((fact) => fact !== null);
}
