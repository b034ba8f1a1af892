import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type MouseEvent, useEffect, useImperativeHandle } from "react";
import * as v from "valibot";

import type { Post } from "../api/schema";
import { formatBytes, formatCount } from "../lib/format";
import { useStored } from "../lib/stored";
import { SizeSlider } from "../ui/SizeSlider";
import { useSize } from "../ui/useSize";
import { DaysLeft } from "./cells";
import { PostPicture } from "./PostPicture";
import type { ListProps } from "./PostTable";

const GAP = 10;
const CAPTION = 46;
const SIZES = { min: 72, max: 320, step: 8, usual: 152 };
const TileSize = v.pipe(v.number(), v.minValue(SIZES.min), v.maxValue(SIZES.max));

/** The side of a tile's picture, as this browser last had it; the same in the toolbar and in the list. */
function useTileSize() {
  return useStored("pmd.tile-size", TileSize, SIZES.usual);
}

export function TileSlider() {
  const [size, setSize] = useTileSize();
  return <SizeSlider value={size} min={SIZES.min} max={SIZES.max} step={SIZES.step} onChange={setSize} />;
}

/** Pictures in rows, of which only those on the screen are in the page. A click opens; a tick, Ctrl or Shift selects. */
export function PostGrid({ list, label, scroller, handle, onFirst }: ListProps) {
  const { rows: posts, order, selection, activeId, actions, isTrash } = list;
  const [size] = useTileSize();
  const { width } = useSize(scroller);
  const columns = Math.max(1, Math.floor((width - GAP) / (size + GAP)));
  const rowHeight = size + CAPTION + GAP;
  const activeIndex = activeId === null ? -1 : order.indexOf(activeId);

  const virtualizer = useVirtualizer({
    count: Math.ceil(posts.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 2,
    paddingStart: GAP,
    useFlushSync: false,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  useImperativeHandle(handle, () => ({
    scrollTo: (index) => virtualizer.scrollToIndex(Math.floor(index / columns), { align: "start" }),
    shape: () => {
      const screen = Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight);
      return { rows: Math.max(1, screen), columns };
    },
  }));
  useEffect(() => {
    if (activeIndex >= 0) virtualizer.scrollToIndex(Math.floor(activeIndex / columns), { align: "auto" });
  }, [activeIndex, columns, virtualizer]);
  const first = Math.round((virtualizer.scrollOffset ?? 0) / rowHeight) * columns;
  useEffect(() => onFirst(first), [first, onFirst]);

  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]);
    if (!id) return;
    const isPick = event.shiftKey || event.ctrlKey || event.metaKey || target.closest("[data-handle]");
    if (isPick) list.pick(id, event.shiftKey);
    else list.setOpenId(id);
  };

  return (
    <div
      ref={scroller}
      className="tiles"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-multiselectable
      aria-rowcount={Math.ceil(posts.length / columns)}
      aria-colcount={columns}
      aria-activedescendant={activeIndex >= 0 && activeId !== null ? `tile-${activeId}` : undefined}
      style={{ "--tile": `${size}px` }}
      onClick={onClick}
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault();
      }}
    >
      <div role="rowgroup" className="tiles-body" style={{ height: `${virtualizer.getTotalSize()}px` }}>
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
                isTrash={isTrash}
                isSelected={selection.ids.has(post.id)}
                isActive={post.id === activeId}
                isBusy={actions.pending.has(post.id)}
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
  isTrash: boolean;
  isSelected: boolean;
  isActive: boolean;
  isBusy: boolean;
}

const Tile = memo(function Tile({ post, size, isTrash, isSelected, isActive, isBusy }: TileProps) {
  const name = post.title ?? "Untitled";
  return (
    <div
      role="gridcell"
      id={`tile-${post.id}`}
      data-id={post.id}
      aria-selected={isSelected}
      aria-busy={isBusy}
      className={`tile${isActive ? " active" : ""}`}
    >
      <PostPicture post={post} box={size} alt="" />
      <label className="tile-tick" data-handle onClick={(event) => event.preventDefault()}>
        <input type="checkbox" tabIndex={-1} aria-label={`Select ${name}`} checked={isSelected} readOnly />
      </label>
      <div className="tile-caption" data-handle>
        <span className="cut tile-name" dir="auto" title={name}>
          {name}
        </span>
        <span className="tile-line">
          {isTrash ? <DaysLeft post={post} /> : factsOf(post).map((fact) => <span key={fact}>{fact}</span>)}
        </span>
      </div>
    </div>
  );
});

function factsOf(post: Post): string[] {
  const facts = [
    post.hidden_by_mod ? "hidden by mod" : post.hidden_by_user ? "hidden" : null,
    post.width && post.height ? `${post.width}×${post.height}` : null,
    post.reaction_count > 0 ? `♥ ${formatCount(post.reaction_count)}` : null,
    post.file_bytes === null ? null : formatBytes(post.file_bytes),
  ];
  return facts.filter((fact) => fact !== null);
}
