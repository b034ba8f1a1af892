import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";

import { formatCount } from "../../platform/format";
import type { Selection } from "../../platform/selection";
import { openMenu } from "../../commands/menu";
import { AssetTile } from "./AssetTile";
import { HEAD, ROW } from "./layout";
import { type Group, type Row, rowOf, type Rows, stackOf } from "./rows";
import type { Asset } from "../../data/assets/schema";
import type { AssetWindows } from "./windows";

/** While the list scrolls faster than this, nothing is fetched. */
const SETTLE_MS = 60;

interface GridProps {
  windows: AssetWindows;
  /** Changes with the contents of the windows. */
  version: number;
  layout: Rows;
  placed: readonly Group[];
  isGrouped: boolean;
  closed: ReadonlySet<string>;
  columns: number;
  tile: number;
  /** Below a tile's picture, and between rows, in CSS pixels. */
  caption: number;
  gap: number;
  look: "grid" | "list";
  selection: Selection;
  activeId: number | null;
  /** The cursor's index among the shown files; -1 for none. */
  activeAt: number;
  label: string;
  box: RefObject<HTMLDivElement | null>;
  onActive: (id: number) => void;
  onPick: (asset: Asset, isRange: boolean) => void;
  onOpen: (asset: Asset) => void;
  onStack: (asset: Asset) => void;
  onFold: (folder: string) => void;
  children?: React.ReactNode;
}

/** The virtualized list of files: rows of tiles under folder headings. One tab stop. */
export function AssetGrid(props: GridProps) {
  const { windows, version, layout, placed, isGrouped, closed, columns, tile, look, box, activeId, activeAt } = props;
  const { rows: all, shown } = layout;
  const tileRow = look === "grid" ? tile + props.caption + props.gap : ROW;
  const rows = useVirtualizer({
    count: all.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => (all[index]?.kind === "head" ? HEAD : tileRow),
    overscan: 3,
    paddingStart: isGrouped ? 0 : 12,
    paddingEnd: 72,
    useFlushSync: false,
    // The cursor's row stays mounted, or aria-activedescendant would point at nothing.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      const active = activeAt < 0 ? -1 : rowOf(layout, activeAt);
      return active < 0 || indexes.includes(active) ? indexes : [...indexes, active].sort((a, b) => a - b);
    },
  });
  useEffect(() => rows.measure(), [rows, tileRow, all]);
  const followed = useRef(-1);
  useEffect(() => {
    if (activeAt >= 0 && activeAt !== followed.current) rows.scrollToIndex(rowOf(layout, activeAt), { align: "auto" });
    followed.current = activeAt;
    // Scroll to the cursor when it moves, but not when the list changes or reappears.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rows, activeAt]);

  const range = rows.range;
  const [first, last] = useMemo(() => sightOf(all, shown, range), [all, shown, range]);
  useEffect(() => {
    const timer = setTimeout(() => void windows.want(first, last), windows.total === 0 ? 0 : SETTLE_MS);
    return () => clearTimeout(timer);
  }, [windows, first, last, version]);

  const { onActive } = props;
  const onMenu = useCallback(
    (event: React.MouseEvent) => {
      const id = Number((event.target as HTMLElement).closest<HTMLElement>("[data-id]")?.dataset["id"]);
      if (!id) return;
      event.preventDefault();
      onActive(id);
      openMenu({ x: event.clientX, y: event.clientY });
    },
    [onActive],
  );
  return (
    <div
      ref={box}
      className={`asset-grid look-${look}`}
      role="listbox"
      aria-label={props.label}
      aria-multiselectable
      aria-activedescendant={activeId === null ? undefined : `asset-${activeId}`}
      tabIndex={0}
      onContextMenu={onMenu}
    >
      <div role="presentation" style={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map((item) => {
          const row = all[item.index];
          if (!row) return null;
          const style = { transform: `translateY(${item.start}px)`, height: item.size };
          if (row.kind === "head") {
            const group = placed[row.group];
            return (
              group && (
                <GroupHead
                  key={`head ${group.folder}`}
                  group={group}
                  isClosed={closed.has(group.folder)}
                  style={style}
                  onFold={props.onFold}
                />
              )
            );
          }
          return (
            <div
              key={item.index}
              role="presentation"
              className="asset-row"
              style={{ ...style, gridTemplateColumns: look === "grid" ? `repeat(${columns}, ${tile}px)` : "1fr" }}
            >
              {shown.slice(row.from, row.to).map((place) => (
                <Place key={place} place={place} {...props} />
              ))}
            </div>
          );
        })}
      </div>
      {props.children}
    </div>
  );
}

/** The first and last visible indices of the list. */
function sightOf(
  all: readonly Row[],
  shown: readonly number[],
  range: { startIndex: number; endIndex: number } | null,
): [first: number, last: number] {
  let [first, last] = [Infinity, 0];
  for (let index = range?.startIndex ?? 0; index <= (range?.endIndex ?? 0); index++) {
    const row = all[index];
    if (row?.kind !== "tiles") continue;
    first = Math.min(first, shown[row.from] ?? 0);
    last = Math.max(last, shown[row.to - 1] ?? 0);
  }
  return first === Infinity ? [0, 0] : [first, last];
}

/** A file, or a placeholder while it loads. */
function Place({ place, ...props }: GridProps & { place: number }) {
  const { windows, tile, look, selection, activeId } = props;
  const asset = windows.at(place);
  if (!asset) return <span className="asset-waits skeleton" aria-hidden />;
  const stack = stackOf((at) => windows.at(at), place);
  return (
    <AssetTile
      asset={asset}
      size={tile}
      look={look}
      stack={stack}
      isSelected={selection.ids.has(asset.id)}
      isActive={asset.id === activeId}
      place={place}
      total={windows.total}
      onClick={props.onPick}
      onOpen={props.onOpen}
      onStack={props.onStack}
    />
  );
}

interface HeadProps {
  group: Group;
  isClosed: boolean;
  style: React.CSSProperties;
  onFold: (folder: string) => void;
}

function GroupHead({ group, isClosed, style, onFold }: HeadProps) {
  const Icon = isClosed ? ChevronRight : ChevronDown;
  return (
    <div role="presentation" className="asset-group beside" style={style} onClick={() => onFold(group.folder)}>
      <Icon aria-hidden />
      <bdi className="cut">{group.folder === "" ? "In no folder" : group.folder.split("/").join(" / ")}</bdi>
      <span className="count">{formatCount(group.count)}</span>
    </div>
  );
}
