import { t } from "@lingui/core/macro";

import type { Order } from "../../platform/selection";
import { joinParts, nameOf } from "../../platform/text";
import { useMat } from "../../ui/useMat";
import { AssetPicture } from "../../data/assets/AssetPicture";
import type { Asset } from "../../data/assets/schema";
import { stateNames } from "./states";

/** Thumbnails shown on each side of the current one. */
const AROUND = 12;

interface Props {
  ids: Order;
  at: number;
  /** The compared files. */
  chosen: readonly number[];
  known: (id: number) => Asset | null;
  onGo: (at: number) => void;
}

/** Thumbnails of the files around the current one. */
export function Filmstrip({ ids, at, chosen, known, onGo }: Props) {
  const first = Math.max(0, Math.min(at - AROUND, ids.length - 2 * AROUND - 1));
  const places = Array.from({ length: Math.min(ids.length, 2 * AROUND + 1) }, (_, index) => first + index);
  return (
    <div className="filmstrip" role="group" aria-label={t`Files around this one`}>
      {places.map((place) => {
        const id = ids.at(place);
        const asset = id === undefined ? null : known(id);
        return asset ? (
          <Frame
            key={place}
            asset={asset}
            isOn={place === at || chosen.includes(asset.id)}
            onClick={() => onGo(place)}
          />
        ) : (
          <span key={place} className="strip-frame skeleton" />
        );
      })}
    </div>
  );
}

const isJudged = ({ state, rating }: Asset) => state !== "new" || rating > 0;
const starsOf = ({ rating }: Asset) => rating > 0 && t`${rating} of 5 stars`;

function Frame({ asset, isOn, onClick }: { asset: Asset; isOn: boolean; onClick: () => void }) {
  const [mat, onRim] = useMat();
  return (
    <button
      type="button"
      tabIndex={-1}
      className="strip-frame mat"
      data-label={asset.label ?? undefined}
      data-mat={asset.has_preview ? mat : "plain"}
      aria-label={joinParts(
        [asset.name, asset.state !== "new" && nameOf(stateNames, asset.state), starsOf(asset)],
        ", ",
      )}
      aria-pressed={isOn}
      onClick={onClick}
    >
      <AssetPicture asset={asset} size={52} onRim={onRim} />
      {isJudged(asset) && (
        <span className="strip-marks" aria-hidden>
          {asset.state !== "new" && <span className="state-mark" data-state={asset.state} />}
          {asset.rating > 0 && <span className="strip-stars numbers">{asset.rating}★</span>}
        </span>
      )}
    </button>
  );
}
