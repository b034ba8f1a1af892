import "./files.css";

import { t } from "@lingui/core/macro";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type RefObject, useEffect, useMemo } from "react";

import { type List } from "../../commands/list/useList";
import { type ListHandle, useRows } from "../../commands/list/useRows";

import { formatCount } from "../../platform/format";
import { AssetTile } from "./AssetTile";
import { HEAD, ROW } from "./layout";
import { type Group, itemOf, type Row, rowOf, type Rows, stackOf } from "./rows";
import type { Asset } from "../../data/assets/schema";
import type { AssetList, Items } from "./windows";

/** While the list scrolls faster than this, nothing is fetched. */
const SETTLE_MS = 60;

interface GridProps extends Omit<List, "pick"> {
  list: AssetList;
  items: Items;
  layout: Rows;
  /** The places of each sequence's frames, by the place of its first one. */
  sequences: ReadonlyMap<number, readonly number[]>;
  placed: readonly Group[];
  isGrouped: boolean;
  closed: ReadonlySet<string>;
  columns: number;
  tile: number;
  /** Below a tile's picture, and between rows, in CSS pixels. */
  caption: number;
  gap: number;
  look: "grid" | "list";
  label: string;
  box: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  onPick: (asset: Asset, isRange: boolean) => void;
  onOpen: (asset: Asset) => void;
  onStack: (asset: Asset) => void;
  onFold: (folder: string) => void;
}

/** The virtualized list of files: rows of tiles under folder headings. One tab stop. */
export function AssetGrid(props: GridProps) {
  const { list, items, layout, placed, isGrouped, closed, columns, tile, look, box, activeId } = props;
  const { rows: all, shown } = layout;
  const tileRow = look === "grid" ? tile + props.caption + props.gap : ROW;
  const rows = useRows({
    ...{ scroller: box, handle: props.handle, activeIndex: props.activeIndex, moves: props.moves, columns },
    count: all.length,
    heightOf: (row) => (all[row]?.kind === "head" ? HEAD : tileRow),
    measure: useMemo(() => ({ all, tileRow }), [all, tileRow]),
    rowOf: (index) => rowOf(layout, index),
    itemOf: (row) => itemOf(layout, row),
    padding: { start: isGrouped ? 0 : 12, end: 72 },
    overscan: 3,
  });

  const range = rows.range;
  const [first, last] = useMemo(() => sightOf(all, shown, range), [all, shown, range]);
  useEffect(() => {
    const timer = setTimeout(() => void list.want(first, last), items.length === 0 ? 0 : SETTLE_MS);
    return () => clearTimeout(timer);
  }, [list, first, last, items]);

  const onMenu = (event: React.MouseEvent) => {
    const id = Number((event.target as HTMLElement).closest<HTMLElement>("[data-id]")?.dataset["id"]);
    if (!id) return;
    event.preventDefault();
    props.openMenuFor(id, { x: event.clientX, y: event.clientY });
  };
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

const none: readonly Asset[] = [];

/** A file, or a placeholder while it loads. */
function Place({ place, ...props }: GridProps & { place: number }) {
  const { items, tile, look, selection, activeId } = props;
  const asset = items[place];
  if (!asset) return <span className="asset-waits skeleton" aria-hidden />;
  const frames = props.sequences.get(place);
  const isSpread = frames !== undefined && props.layout.shown.includes(place + 1);
  return (
    <AssetTile
      asset={asset}
      size={tile}
      look={look}
      stack={stackOf(items, place)}
      frames={frames?.flatMap((at) => items[at] ?? []) ?? none}
      isSpread={isSpread}
      isSelected={selection.ids.has(asset.id)}
      isActive={asset.id === activeId}
      place={place}
      total={items.length}
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
      <bdi className="cut">{group.folder === "" ? t`In no folder` : group.folder.split("/").join(" / ")}</bdi>
      <span className="count">{formatCount(group.count)}</span>
    </div>
  );
}
