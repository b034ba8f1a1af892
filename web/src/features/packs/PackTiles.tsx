import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type DragEvent, type KeyboardEvent, memo, type RefObject } from "react";

import { ArtOnMat } from "../../data/assets/AssetPicture";
import { formatBytes, formatCount } from "../../platform/format";
import { joinParts } from "../../platform/text";
import { pictureOf } from "./cover";
import { IS_DRAGGED } from "./drag";
import type { Group, Packed } from "./folders";
import type { PackedAsset } from "./schema";

/** Tiles of a folder before it is opened: two rows on a desk. */
const FEW = 14;
const SIZE = 100;

export interface ShownGroup extends Group {
  readonly isClosed: boolean;
  readonly isWhole: boolean;
}

/** The tiles of a folder that are drawn; “more” takes the last place. */
export function drawnOf({ assets, isClosed, isWhole }: ShownGroup): readonly Packed[] {
  if (isClosed) return [];
  return isWhole || assets.length <= FEW ? assets : assets.slice(0, FEW - 1);
}

interface Props {
  box: RefObject<HTMLDivElement | null>;
  groups: readonly ShownGroup[];
  edition: number;
  activeId: number | null;
  isSelected: (id: number) => boolean;
  isOut: (id: number) => boolean;
  /** Files with something to do before a build. */
  conflicts: ReadonlySet<number>;
  onPick: (id: number, isRange: boolean, isMore: boolean) => void;
  onMenu: (id: number, at: { x: number; y: number }) => void;
  onFold: (folder: string) => void;
  onWhole: (folder: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onDrag: (id: number | null) => void;
  onDropOn: (id: number) => void;
}

/** The pack's files by folder, as tiles: one Tab stop. */
export function PackTiles(props: Props) {
  const { box, groups, edition, activeId, isSelected, isOut, conflicts, onPick } = props;
  const idOf = (target: EventTarget) => {
    const tile = (target as Element).closest<HTMLElement>("[data-id]");
    return tile ? Number(tile.dataset["id"]) : null;
  };
  return (
    <div
      ref={box}
      className="pack-tiles"
      role="listbox"
      aria-label={t`Files of the pack`}
      aria-multiselectable
      aria-activedescendant={activeId === null ? undefined : `packed-${activeId}`}
      tabIndex={0}
      onKeyDown={props.onKeyDown}
      onClick={(event) => {
        const id = idOf(event.target);
        if (id !== null) onPick(id, event.shiftKey, event.ctrlKey || event.metaKey);
      }}
      onContextMenu={(event) => {
        const id = idOf(event.target);
        if (id === null) return;
        event.preventDefault();
        props.onMenu(id, { x: event.clientX, y: event.clientY });
      }}
      onDragStart={(event: DragEvent) => {
        const id = idOf(event.target);
        if (id === null) return;
        props.onDrag(id);
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData(IS_DRAGGED, String(id));
      }}
      onDragEnd={() => props.onDrag(null)}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(IS_DRAGGED) && idOf(event.target) !== null) event.preventDefault();
      }}
      onDrop={(event) => {
        const id = idOf(event.target);
        if (id === null || !event.dataTransfer.types.includes(IS_DRAGGED)) return;
        event.preventDefault();
        props.onDropOn(id);
      }}
    >
      {groups.map((group) => {
        const drawn = drawnOf(group);
        const more = group.assets.length - drawn.length;
        const Icon = group.isClosed ? ChevronRight : ChevronDown;
        const inside = group.assets.filter(({ asset_id: id }) => !isOut(id));
        const added = edition === 0 ? 0 : inside.filter(({ is_new: isNew }) => isNew).length;
        const name = group.folder === "" ? t`Top folder` : group.folder.split("/").join(" / ");
        return (
          <div key={group.folder} role="group" aria-label={name} className="pack-group" data-folder={group.folder}>
            <p className="pack-group-head" aria-hidden onClick={() => props.onFold(group.folder)}>
              <Icon />
              <bdi className="cut">{name}</bdi>
              <span className="count">
                {inside.length === group.assets.length
                  ? formatCount(inside.length)
                  : t`${formatCount(inside.length)} of ${formatCount(group.assets.length)}`}
              </span>
              <span className="grow" />
              {added > 0 && (
                <span className="pack-added">
                  <Trans>{formatCount(added)} new</Trans>
                </span>
              )}
            </p>
            {drawn.map((asset) => (
              <Tile
                key={asset.asset_id}
                asset={asset}
                isNew={edition > 0 && asset.is_new}
                isActive={asset.asset_id === activeId}
                isSelected={isSelected(asset.asset_id)}
                isOut={isOut(asset.asset_id)}
                hasConflict={conflicts.has(asset.asset_id)}
              />
            ))}
            {more > 0 && !group.isClosed && (
              <button type="button" className="pack-more" tabIndex={-1} onClick={() => props.onWhole(group.folder)}>
                <Trans>
                  <strong>{formatCount(more)}</strong> more
                </Trans>
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}

interface TileProps {
  asset: PackedAsset;
  isNew: boolean;
  isActive: boolean;
  isSelected: boolean;
  isOut: boolean;
  hasConflict: boolean;
}

const Tile = memo(function Tile({ asset, isNew, isActive, isSelected, isOut, hasConflict }: TileProps) {
  const { asset_id: id, name, provenance, frame_count: frames } = asset;
  const isMade = provenance === "ai_generated";
  const states = joinParts(
    [isOut && t`left out`, isNew && t`new`, isMade && t`made with AI`, hasConflict && t`to do`],
    ", ",
  );
  return (
    <div
      id={`packed-${id}`}
      role="option"
      className="pack-tile"
      data-id={id}
      data-active={isActive}
      data-out={isOut}
      data-todo={hasConflict}
      data-moves={asset.type === "video" || (frames ?? 1) > 1}
      aria-selected={isSelected}
      draggable={!isOut}
      title={`${name}, ${formatBytes(asset.size_bytes)}`}
    >
      <span className="pack-art">
        <ArtOnMat asset={pictureOf(asset)} size={SIZE} look="pack-picture" />
        {isNew && (
          <span className="pack-mark" aria-hidden>
            <Trans>new</Trans>
          </span>
        )}
        {isMade && (
          <span className="pack-mark at-end" aria-hidden>
            <Trans>AI</Trans>
          </span>
        )}
      </span>
      <bdi className="cut">{name}</bdi>
      {states && <span className="visually-hidden">, {states}</span>}
    </div>
  );
});
