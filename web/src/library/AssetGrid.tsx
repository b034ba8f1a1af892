import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef } from "react";

import { extendTo, type Selection, toggle } from "../lib/selection";
import { isInSight, useListActs } from "../ui/useListActs";
import { useSize } from "../ui/useSize";
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
  const width = useSize(box).width - 2 * PADDING;
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

  useListActs(
    {
      order,
      activeId,
      setActiveId: (id: number) => {
        onActive(id);
        rows.scrollToIndex(Math.floor(order.indexOf(id) / columns));
      },
      selection,
      select,
      shape: () => ({ rows: Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeight)), columns }),
      onOpen: (id) => {
        const asset = assets.find((each) => each.id === id);
        if (asset) onOpen(asset);
      },
    },
    [
      {
        name: "remove",
        run: () => {
          if (selection.ids.size > 0 || isInSight(`asset-${String(activeId)}`)) onDelete();
        },
      },
    ],
  );

  return (
    <div
      ref={box}
      className="asset-grid"
      role="listbox"
      aria-label={label}
      aria-multiselectable
      aria-activedescendant={activeId === null ? undefined : `asset-${String(activeId)}`}
      tabIndex={0}
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
