import { Check, Clapperboard, CornerDownRight, Music, Send } from "lucide-react";
import { memo } from "react";

import { AssetPicture } from "./AssetPicture";
import type { Asset } from "./schema";
import { stateNames } from "./states";
import { measures, provenanceNames } from "./words";

interface Props {
  asset: Asset;
  size: number;
  look: "grid" | "list";
  isSelected: boolean;
  isActive: boolean;
  index: number;
  onClick: (asset: Asset, isRange: boolean) => void;
  onOpen: (asset: Asset) => void;
}

/** One file in the grid or the list. A click opens; its tick, Ctrl or Shift selects. Keys are the grid's. */
export const AssetTile = memo(function AssetTile(props: Props) {
  const { asset, size, look, isSelected, isActive, index, onClick, onOpen } = props;
  return (
    <div
      id={`asset-${String(asset.id)}`}
      className={look === "grid" ? "asset" : "asset as-row"}
      role="option"
      aria-selected={isSelected}
      aria-posinset={index + 1}
      aria-label={`${asset.name}, ${stateNames[asset.state]}, ${measures(asset)}`}
      data-active={isActive}
      data-state={asset.state}
      onClick={(event) => {
        const isTick = (event.target as HTMLElement).closest(".asset-check") !== null;
        if (isTick || event.shiftKey || event.ctrlKey || event.metaKey) onClick(asset, event.shiftKey);
        else onOpen(asset);
      }}
    >
      <span className="asset-picture">
        <AssetPicture asset={asset} size={look === "grid" ? size - 14 : 40} />
        <span className="asset-check" aria-hidden>
          {isSelected && <Check />}
        </span>
        <span className="asset-marks" aria-hidden>
          {asset.type === "audio" && <Music />}
          {asset.type === "video" && <Clapperboard />}
          {asset.parent_asset_id !== null && <CornerDownRight />}
          {asset.post_id !== null && <Send />}
        </span>
      </span>
      <span className="asset-name">
        <span className="asset-state" aria-hidden />
        <bdi className="cut">{asset.name}</bdi>
      </span>
      {look === "list" && (
        <>
          <span className="asset-cell cut muted">{stateNames[asset.state]}</span>
          <span className="asset-cell cut muted">{measures(asset)}</span>
          <span className="asset-cell cut muted">{asset.theme ?? ""}</span>
          <span className="asset-cell cut muted">{provenanceNames[asset.provenance]}</span>
          <span className="asset-cell cut muted">{asset.license_identifier ?? ""}</span>
        </>
      )}
    </div>
  );
});
