import type { Order } from "../../platform/selection";
import { useMat } from "../../ui/useMat";
import { AssetPicture } from "../../data/assets/AssetPicture";
import type { Asset } from "../../data/assets/schema";

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
    <div className="filmstrip" role="group" aria-label="Files around this one">
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

function Frame({ asset, isOn, onClick }: { asset: Asset; isOn: boolean; onClick: () => void }) {
  const [mat, onRim] = useMat();
  return (
    <button
      type="button"
      tabIndex={-1}
      className="strip-frame mat"
      data-mat={asset.has_preview ? mat : "plain"}
      aria-label={asset.name}
      aria-pressed={isOn}
      onClick={onClick}
    >
      <AssetPicture asset={asset} size={52} onRim={onRim} />
    </button>
  );
}
