import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  memo,
  type MouseEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

import type { Selection } from "../lib/selection";

const GAP = 10;
const CAPTION = 46;

export interface ListHandle {
  scrollTo: (index: number) => void;
}

interface Props<T> {
  items: readonly T[];
  idOf: (item: T) => string;
  nameOf: (item: T) => string;
  /** The picture; `size` is the side of its square place in CSS pixels. */
  renderPicture: (item: T, size: number) => ReactNode;
  /** Below the name: one line. */
  renderCaption: (item: T) => ReactNode;
  label: string;
  /** The side of a tile's picture, CSS pixels. */
  size: number;
  selection: Selection<string>;
  activeId: string | null;
  busyIds?: ReadonlySet<string>;
  handle?: RefObject<ListHandle | null>;
  scroller: RefObject<HTMLDivElement | null>;
  onToggle: (id: string, isRange: boolean) => void;
  onOpen: (id: string) => void;
  onKeyDown: (event: KeyboardEvent, rowsPerScreen: number, columns: number) => void;
  /** The first item that is on the screen. */
  onFirst?: (index: number) => void;
}

const noneBusy: ReadonlySet<string> = new Set();

/** Pictures in rows, of which only those on the screen are in the page. A click opens; a tick, Ctrl or Shift selects. */
export function TileGrid<T>(props: Props<T>) {
  const { items, idOf, size, selection, activeId, scroller, busyIds = noneBusy, onFirst } = props;
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [scroller]);
  const columns = Math.max(1, Math.floor((width - GAP) / (size + GAP)));
  const rowHeight = size + CAPTION + GAP;
  const activeIndex = activeId === null ? -1 : items.findIndex((item) => idOf(item) === activeId);

  const virtualizer = useVirtualizer({
    count: Math.ceil(items.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 2,
    paddingStart: GAP,
    useFlushSync: false,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  useImperativeHandle(props.handle, () => ({
    scrollTo: (index) => virtualizer.scrollToIndex(Math.floor(index / columns), { align: "start" }),
  }));
  useEffect(() => {
    if (activeIndex >= 0) virtualizer.scrollToIndex(Math.floor(activeIndex / columns), { align: "auto" });
  }, [activeIndex, columns, virtualizer]);
  const first = Math.round((virtualizer.scrollOffset ?? 0) / rowHeight) * columns;
  useEffect(() => onFirst?.(first), [first, onFirst]);

  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = target.closest<HTMLElement>("[data-id]")?.dataset["id"];
    if (id === undefined) return;
    const isPick = event.shiftKey || event.ctrlKey || event.metaKey || target.closest("[data-handle]");
    if (isPick) props.onToggle(id, event.shiftKey);
    else props.onOpen(id);
  };
  const domId = useRef(Math.random().toString(36).slice(2));
  const elementId = (id: string) => `tile-${domId.current}-${id}`;

  return (
    <div
      ref={scroller}
      className="tiles"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-multiselectable
      aria-rowcount={Math.ceil(items.length / columns)}
      aria-colcount={columns}
      aria-activedescendant={activeIndex >= 0 && activeId !== null ? elementId(activeId) : undefined}
      style={{ "--tile": `${size}px` }}
      onClick={onClick}
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault();
      }}
      onKeyDown={(event) => {
        const rows = Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight);
        props.onKeyDown(event, Math.max(1, rows), columns);
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
            {items.slice(row.index * columns, (row.index + 1) * columns).map((item) => {
              const id = idOf(item);
              return (
                <Tile
                  key={id}
                  id={id}
                  elementId={elementId(id)}
                  item={item}
                  size={size}
                  isSelected={selection.ids.has(id)}
                  isActive={id === activeId}
                  isBusy={busyIds.has(id)}
                  nameOf={props.nameOf as (item: unknown) => string}
                  renderPicture={props.renderPicture as (item: unknown, size: number) => ReactNode}
                  renderCaption={props.renderCaption as (item: unknown) => ReactNode}
                />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

interface TileProps {
  id: string;
  elementId: string;
  item: unknown;
  size: number;
  isSelected: boolean;
  isActive: boolean;
  isBusy: boolean;
  nameOf: (item: unknown) => string;
  renderPicture: (item: unknown, size: number) => ReactNode;
  renderCaption: (item: unknown) => ReactNode;
}

const Tile = memo(function Tile(props: TileProps) {
  const name = props.nameOf(props.item);
  return (
    <div
      role="gridcell"
      id={props.elementId}
      data-id={props.id}
      aria-selected={props.isSelected}
      aria-busy={props.isBusy}
      className={`tile${props.isActive ? " active" : ""}`}
    >
      {props.renderPicture(props.item, props.size)}
      <label className="tile-tick" data-handle onClick={(event) => event.preventDefault()}>
        <input type="checkbox" tabIndex={-1} aria-label={`Select ${name}`} checked={props.isSelected} readOnly />
      </label>
      <div className="tile-caption" data-handle>
        <span className="tile-name" dir="auto" title={name}>
          {name}
        </span>
        <span className="tile-line">{props.renderCaption(props.item)}</span>
      </div>
    </div>
  );
});
