import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";

import { targetIndex } from "../lib/gridKeys";
import { add, anchorAt, extendTo, noSelection, type Selection, toggle } from "../lib/selection";
import { AssetTile } from "./AssetTile";
import { columnsFor, GAP } from "./layout";
import type { Asset } from "./schema";

const NAME_HEIGHT = 30;
const ROW_HEIGHT = 52;
const PADDING = 16;

interface Props {
  assets: readonly Asset[];
  order: readonly number[];
  look: "grid" | "list";
  size: number;
  selection: Selection;
  activeId: number | null;
  label: string;
  select: (change: (selection: Selection) => Selection) => void;
  onActive: (id: number) => void;
  onOpen: (asset: Asset) => void;
  onDelete: () => void;
}

/** The files: rows of tiles, of which only those on the screen exist. One stop for Tab; arrows lead through it. */
export function AssetGrid(props: Props) {
  const { assets, order, look, size, selection, activeId, label, select, onActive, onOpen, onDelete } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box) - 2 * PADDING;
  const { columns, tile } = look === "grid" ? columnsFor(width, size) : { columns: 1, tile: width };
  const rowHeight = look === "grid" ? tile + NAME_HEIGHT + GAP : ROW_HEIGHT;
  const rows = useVirtualizer({
    count: Math.ceil(assets.length / columns),
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 4,
    paddingStart: PADDING,
    paddingEnd: PADDING,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);

  const onClick = useCallback(
    (asset: Asset, isRange: boolean) => {
      onActive(asset.id);
      box.current?.focus();
      select((now) => (isRange ? extendTo(now, order, asset.id) : toggle(now, asset.id)));
    },
    [onActive, order, select],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || order.length === 0) return;
    const index = activeId === null ? -1 : order.indexOf(activeId);
    const current = order[index];
    const perScreen = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeight));
    const target = targetIndex(event.key, index, order.length, perScreen, columns);
    if (target !== null) {
      const id = order[target];
      if (id === undefined) return;
      onActive(id);
      rows.scrollToIndex(Math.floor(target / columns));
      if (event.shiftKey) {
        select((now) => {
          const goesOn = current === undefined || now.end === current;
          return extendTo(goesOn ? now : anchorAt(now, current), order, id);
        });
      }
    } else if (event.key === " " && current !== undefined) {
      select((now) => (event.shiftKey ? extendTo(now, order, current) : toggle(now, current)));
    } else if (event.key === "Enter" && current !== undefined) {
      const asset = assets[index];
      if (asset) onOpen(asset);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      select((now) => add(now, order));
    } else if (event.key === "Escape") {
      select(() => noSelection);
    } else if (event.key === "Delete") {
      onDelete();
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={box}
      className="asset-grid"
      role="listbox"
      aria-label={label}
      aria-multiselectable
      aria-activedescendant={activeId === null ? undefined : `asset-${String(activeId)}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: rows.getTotalSize(), position: "relative" }}>
        {width > 0 &&
          rows.getVirtualItems().map((row) => (
            <div
              key={row.key}
              role="presentation"
              className="asset-row"
              style={{
                transform: `translateY(${String(row.start)}px)`,
                height: rowHeight,
                gridTemplateColumns: `repeat(${String(columns)}, ${String(tile)}px)`,
              }}
            >
              {assets.slice(row.index * columns, (row.index + 1) * columns).map((asset, column) => (
                <AssetTile
                  key={asset.id}
                  asset={asset}
                  size={tile}
                  look={look}
                  index={row.index * columns + column}
                  isSelected={selection.ids.has(asset.id)}
                  isActive={asset.id === activeId}
                  onClick={onClick}
                  onOpen={onOpen}
                />
              ))}
            </div>
          ))}
      </div>
    </div>
  );
}

function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [box]);
  return width;
}
