import { t } from "@lingui/core/macro";
import { Check, Film, Layers, Send } from "lucide-react";
import { memo, useState } from "react";

import { formatCount } from "../../platform/format";
import { nameOf } from "../../platform/text";
import { useMat } from "../../ui/useMat";
import { AssetPicture } from "../../data/assets/AssetPicture";
import { Stars } from "./Judged";
import type { Asset } from "../../data/assets/schema";
import { SoundTile } from "./SoundTile";
import { stateNames } from "./states";
import { usePlayed } from "./usePlayed";
import { measures, provenanceNames, sequenceName, shortMeasure } from "./words";

interface Props {
  asset: Asset;
  size: number;
  look: "grid" | "list";
  /** How many files are stacked on it. */
  stack: number;
  /** Of a sequence that it begins; else none. */
  frames: readonly Asset[];
  /** Whether each of them has a tile. */
  isSpread: boolean;
  isSelected: boolean;
  isActive: boolean;
  place: number;
  total: number;
  onClick: (asset: Asset, isRange: boolean) => void;
  onOpen: (asset: Asset) => void;
  onStack: (asset: Asset) => void;
}

/** One file in the grid or list. A click opens it; its checkbox, Ctrl or Shift selects. The grid handles the keys. */
export const AssetTile = memo(function AssetTile(props: Props) {
  const { asset, look, stack, frames, isSpread, isSelected, isActive, place, total, onClick, onOpen, onStack } = props;
  const isFolded = frames.length > 0 && !isSpread;
  return (
    <div
      id={`asset-${asset.id}`}
      data-id={asset.id}
      className={look === "grid" ? "asset" : "asset as-row"}
      role="option"
      aria-selected={isSelected}
      aria-posinset={place + 1}
      aria-setsize={total}
      data-active={isActive}
      data-label={asset.label ?? undefined}
      data-stack={stack > 0 || (frames.length > 0 && !isSpread)}
      onClick={(event) => {
        const target = event.target as HTMLElement;
        if (target.closest(".asset-stack")) onStack(asset);
        else if (target.closest("[data-handle]") || event.shiftKey || event.ctrlKey || event.metaKey) {
          onClick(asset, event.shiftKey);
        } else onOpen(asset);
      }}
    >
      <Art {...props} />
      <span className="asset-name beside">
        <span className="state-mark" data-state={asset.state} aria-hidden />
        <bdi className="cut grow">{isFolded ? sequenceName(frames) : asset.name}</bdi>
        <span className="visually-hidden">
          , {isFolded && t`sequence of ${formatCount(frames.length)}, `}
          {nameOf(stateNames, asset.state)}, {measures(asset)}
        </span>
        {asset.post_id !== null && <Send className="faint" aria-label={t`published`} />}
      </span>
      {look === "grid" ? (
        <span className="asset-measure beside">
          <span className="cut grow">{shortMeasure(asset)}</span>
          <Stars rating={asset.rating} />
        </span>
      ) : (
        <>
          <span className="asset-cell cut muted">{measures(asset)}</span>
          <span className="asset-cell">
            <Stars rating={asset.rating} />
          </span>
          <span className="asset-cell cut muted">{asset.folder}</span>
          <span className="asset-cell cut muted">{nameOf(provenanceNames, asset.provenance)}</span>
          <span className="asset-cell cut muted">{asset.license_identifier ?? ""}</span>
        </>
      )}
    </div>
  );
});

/** The preview with its badges. */
function Art({ asset, size, look, stack, frames, isSpread, isSelected, isActive }: Props) {
  const [mat, onRim] = useMat();
  const [isHovered, setHovered] = useState(false);
  const drawnAt = look === "grid" ? size : 40;
  const played = usePlayed(frames, !isSpread && (isHovered || isActive), drawnAt);
  const isMoving = asset.type === "video" || (asset.frame_count ?? 1) > 1 || (frames.length > 0 && !isSpread);
  const count = frames.length || (stack > 0 ? stack + 1 : 0);
  return (
    <span
      className={isMoving ? "asset-art mat moves" : "asset-art mat"}
      data-mat={asset.type === "audio" || !asset.has_preview ? "plain" : mat}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
    >
      {asset.type === "audio" ? (
        <SoundTile asset={asset} />
      ) : (
        <AssetPicture asset={played ?? asset} size={drawnAt} onRim={onRim} />
      )}
      {look === "grid" && (count > 0 || isMoving) && (
        <span className={count > 0 ? "asset-chip asset-stack" : "asset-chip"} aria-hidden>
          {count > 0 ? (
            <>
              {frames.length > 0 ? <Film /> : <Layers />} {count}
            </>
          ) : (
            `${asset.frame_count ?? ""} f`
          )}
        </span>
      )}
      <span className="asset-check" data-handle aria-hidden>
        {isSelected && <Check />}
      </span>
    </span>
  );
}
