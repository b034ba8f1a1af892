import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";

import { formatCount } from "../../platform/format";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { hasPicture } from "../../data/assets/SmallPreview";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { Theirs, useEdits } from "../../ui/useEdits";
import { changePack, refreshPacks, usePack } from "./api";
import { type Box, coverOf, drawnSize, moved, pictureOf, zoomsFor } from "./cover";
import { CoverArt } from "./CoverArt";
import type { Cover, Pack, PackedAsset } from "./schema";

const MATS = {
  auto: t`Automatic`,
  dark: t`Dark`,
  middle: t({ message: "Middle", context: "brightness" }),
  light: t`Light`,
} as const;
const MAT_NAMES = Object.keys(MATS) as (keyof typeof MATS)[];
/** Pictures that are offered at first. */
const SHOWN = 40;
/** An arrow key moves the picture by this many CSS pixels. */
const STEP = 16;

interface Props {
  pack: Pack;
  /** Preselected. */
  assetId?: number;
  onDone: () => void;
  onClose: () => void;
}

/** Choose the pack's cover: which picture, how large, where and on what; without one the first pictures are shown. */
export function CoverDialog({ pack, assetId, onDone, onClose }: Props) {
  const { data } = usePack(pack.id, pack.updated_at);
  const [isWhole, setWhole] = useState(false);
  const edits = useEdits<Pick<Pack, "cover">>(
    { cover: pack.cover },
    assetId === undefined || assetId === pack.cover?.asset_id ? {} : { cover: coverOf(assetId) },
  );
  const { cover } = edits.values;
  const setCover = (next: Cover | null) => edits.set({ cover: next });
  const pictures = data?.assets.filter(hasPicture) ?? [];
  const chosen = pictures.find(({ asset_id: id }) => id === cover?.asset_id) ?? null;
  const shown = isWhole ? pictures : pictures.slice(0, SHOWN);
  const save = async () => {
    if (!(await edits.save((edit) => changePack(pack.id, edit)))) return;
    refreshPacks();
    onDone();
    onClose();
  };
  return (
    <FormDialog
      title={t`Cover of “${pack.name}”`}
      className="wide"
      icon={Check}
      confirm={cover ? t`Use as cover` : t`Use the first pictures`}
      onSubmit={save}
      onClose={onClose}
    >
      <div className="cover-pick">
        <p className="muted">
          <Trans>The shelf and the page of the pack show this. Drag to move it, or use the arrow keys.</Trans>
        </p>
        <Placed cover={cover} chosen={chosen} pack={pack} onChange={setCover} />
        {cover && chosen && <Tools cover={cover} chosen={chosen} onChange={setCover} />}
        <div role="radiogroup" aria-label={t`Picture`} className="cover-choices">
          {shown.map((asset) => (
            <label key={asset.asset_id} title={asset.name}>
              <input
                type="radio"
                className="cover-radio"
                name="cover"
                aria-label={asset.name}
                checked={asset.asset_id === cover?.asset_id}
                onChange={() => setCover(coverOf(asset.asset_id))}
              />
              <ArtOnMat asset={pictureOf(asset)} size={44} look="cover-choice" />
            </label>
          ))}
        </div>
        <p className="cover-tools muted">
          {shown.length < pictures.length
            ? t`${formatCount(shown.length)} of ${plural(pictures.length, { one: "# picture", other: "# pictures" })}`
            : plural(pictures.length, { one: "# picture", other: "# pictures" })}
          {shown.length < pictures.length && (
            <Button look="quiet" onClick={() => setWhole(true)}>
              <Trans>Show all</Trans>
            </Button>
          )}
          {cover && (
            <Button look="quiet" onClick={() => setCover(null)}>
              <Trans>First pictures instead</Trans>
            </Button>
          )}
        </p>
      </div>
      <Theirs
        edits={edits}
        shown={{
          cover: [
            t`Cover`,
            (theirs) => pictures.find(({ asset_id: id }) => id === theirs?.asset_id)?.name ?? t`the first pictures`,
          ],
        }}
      />
    </FormDialog>
  );
}

interface PlacedProps {
  cover: Cover | null;
  chosen: PackedAsset | null;
  pack: Pack;
  onChange: (cover: Cover) => void;
}

/** The cover as it will be; its picture is moved by the pointer or by arrows. */
function Placed({ cover, chosen, pack, onChange }: PlacedProps) {
  const box = useRef<HTMLDivElement>(null);
  const from = useRef<{ x: number; y: number } | null>(null);
  if (!cover || !chosen) return <CoverArt pictures={pack.cover ? [] : pack.pictures} cover={null} />;
  const move = (across: number, down: number) => {
    const size: Box = { width: box.current?.clientWidth ?? 0, height: box.current?.clientHeight ?? 0 };
    const drawn = drawnSize(chosen, cover, size);
    const x = moved(cover.x, across, drawn.width, size.width);
    const y = moved(cover.y, down, drawn.height, size.height);
    onChange({ ...cover, x, y });
  };
  const onPointerMove = ({ clientX: x, clientY: y }: PointerEvent) => {
    if (from.current === null) return;
    move(x - from.current.x, y - from.current.y);
    from.current = { x, y };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const step = steps[event.key];
    if (!step) return;
    move(...step);
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="cover-place"
      role="group"
      aria-label={t`${chosen.name}: arrow keys move it`}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => (from.current = null)}
      onPointerCancel={() => (from.current = null)}
      onKeyDown={onKeyDown}
    >
      <CoverArt pictures={[pictureOf(chosen)]} cover={cover} />
    </div>
  );
}

function Tools({ cover, chosen, onChange }: Omit<PlacedProps, "pack"> & { cover: Cover; chosen: PackedAsset }) {
  return (
    <div className="cover-tools">
      <div className="segmented" role="group" aria-label={t`Enlarged`}>
        <button type="button" aria-pressed={cover.zoom === null} onClick={() => onChange({ ...cover, zoom: null })}>
          <Trans>Fits</Trans>
        </button>
        {zoomsFor(chosen).map((zoom) => (
          <button
            key={zoom}
            type="button"
            className="numbers"
            aria-pressed={cover.zoom === zoom}
            onClick={() => onChange({ ...cover, zoom })}
          >
            {zoom}×
          </button>
        ))}
      </div>
      <div className="cover-mats" role="radiogroup" aria-label={t`Background`}>
        {MAT_NAMES.map((mat) => (
          <label key={mat} className="mat" data-mat={mat} title={MATS[mat]}>
            <input
              type="radio"
              className="cover-radio"
              name="cover-mat"
              aria-label={MATS[mat]}
              checked={cover.mat === mat}
              onChange={() => onChange({ ...cover, mat })}
            />
          </label>
        ))}
      </div>
    </div>
  );
}
