import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { ArtOnMat } from "../../data/assets/AssetPicture";
import { hasPicture } from "../../data/assets/SmallPreview";
import { Button } from "../../ui/Button";
import { pictureOf } from "./cover";
import { CoverArt } from "./CoverArt";
import type { Pack, PackedAsset } from "./schema";

interface Props {
  pack: Pack;
  assets: readonly PackedAsset[];
  isBusy: boolean;
  onUse: (assetId: number) => void;
  /** Asks for any other, and for its place and size. */
  onChoose: () => void;
}

/** How many pictures are offered at once. */
const OFFERED = 5;

/** The cover as it is, and the first pictures of the pack to be used instead. */
export function CoverPane({ pack, assets, isBusy, onUse, onChoose }: Props) {
  const now = pack.cover?.asset_id;
  const pictures = assets.filter(hasPicture);
  const offered = pictures.slice(0, OFFERED);
  return (
    <section className="pack-section" aria-labelledby="pack-cover">
      <h3 id="pack-cover" className="over">
        <Trans>Cover</Trans>
        <span className="grow" />
        <bdi className="muted cut">{pictures.find(({ asset_id: id }) => id === now)?.name}</bdi>
      </h3>
      <CoverArt pictures={pack.pictures} cover={pack.cover}>
        <Trans>No picture is in it yet</Trans>
      </CoverArt>
      <div className="cover-strip" role="group" aria-label={t`Use as cover`}>
        {offered.map((asset) => (
          <button
            key={asset.asset_id}
            type="button"
            aria-label={asset.name}
            aria-pressed={asset.asset_id === now}
            title={asset.name}
            disabled={isBusy}
            onClick={() => asset.asset_id !== now && onUse(asset.asset_id)}
          >
            <ArtOnMat asset={pictureOf(asset)} size={44} look="cover-choice" />
          </button>
        ))}
        <Button disabled={assets.length === 0} title={t`Choose cover…`} onClick={onChoose}>
          <Trans>Other…</Trans>
        </Button>
      </div>
    </section>
  );
}
