import { t } from "@lingui/core/macro";
import { type Dispatch, type SetStateAction, useRef, useState } from "react";

import { rimOfImage, useMat } from "../../ui/useMat";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { fileUrl, previewUrl } from "../../data/assets/urls";
import { AudioPlayer } from "./AudioPlayer";
import { isPixelArt } from "../../data/assets/pixelArt";
import { type Asset, typesInBrowsers } from "../../data/assets/schema";
import type { Swipe } from "./useGestures";
import { usePlaced } from "./usePlaced";
import type { Size, View } from "./view";

/** Of formats that browsers cannot display, a large preview is shown. */
export function pictureUrl(asset: Asset): string {
  return typesInBrowsers.includes(asset.mime_type) ? fileUrl(asset) : previewUrl(asset, 4096);
}

interface Props {
  asset: Asset;
  view: View;
  setView: Dispatch<SetStateAction<View>>;
  /** The size to draw it at when several are synced: that of the largest. */
  measure?: Size;
  /** One background for all compared pictures. */
  isCompared?: boolean;
  onSwiped?: (swipe: Swipe) => void;
}

/** A file at full size: an image to zoom and pan, a sound with its waveform, a video with its poster. */
export function AssetStage(props: Props) {
  const { asset } = props;
  if (asset.type === "audio") return <AudioPlayer asset={asset} />;
  if (asset.type === "video") return <VideoPlayer asset={asset} />;
  if (asset.width === null || asset.height === null) return <Companion asset={asset} />;
  return <Picture {...props} measure={props.measure ?? { width: asset.width, height: asset.height }} />;
}

function Picture({ asset, view, setView, measure, isCompared = false, onSwiped }: Props & { measure: Size }) {
  const room = useRef<HTMLDivElement>(null);
  const [swipe, setSwipe] = useState<number | null>(null);
  const [mat, onRim] = useMat();
  const placed = usePlaced({ room, picture: measure, view, setView, onSwipe: setSwipe, onSwiped });
  const { zoom, width, height, left, top } = placed;
  // Enlarged pictures keep hard pixels; at fractional scales only pixel art does.
  const isPixelated = (zoom * measure.width) / (asset.width ?? 1) >= 1 || isPixelArt(asset.width, asset.height);
  return (
    <div
      ref={room}
      className="stage mat"
      data-mat={isCompared ? "middle" : mat}
      data-zoomed={view.zoom !== null}
      data-zoom={zoom.toFixed(4)}
    >
      {zoom > 0 && (
        <img
          className="stage-picture"
          src={pictureUrl(asset)}
          alt={asset.name}
          draggable={false}
          data-pixelated={isPixelated}
          style={{ width, height, transform: `translate(${left + (swipe ?? 0) * placed.room.width}px, ${top}px)` }}
          onLoad={(event) => onRim(rimOfImage(event.currentTarget))}
        />
      )}
      {swipe !== null && Math.abs(swipe) > 0.02 && onSwiped && <SwipeEdge share={swipe} />}
    </div>
  );
}

/** The action that releasing the swipe would trigger, labelled from a quarter of the width on. */
function SwipeEdge({ share }: { share: number }) {
  const isRight = share > 0;
  return (
    <span className={isRight ? "swipe-edge right" : "swipe-edge left"} style={{ width: `${Math.abs(share) * 60}%` }}>
      {Math.abs(share) > 0.25 && <b>{isRight ? t`Approve` : t`Set aside`}</b>}
    </span>
  );
}

function VideoPlayer({ asset }: { asset: Asset }) {
  return (
    <div className="stage">
      <video
        className="stage-video"
        src={fileUrl(asset)}
        poster={asset.has_preview ? previewUrl(asset, 1024) : undefined}
        controls
        preload="metadata"
        aria-label={asset.name}
      />
    </div>
  );
}

/** A file that cannot be displayed; it is stored and packed all the same. */
function Companion({ asset }: { asset: Asset }) {
  return (
    <div className="stage companion">
      <ArtOnMat asset={asset} size={asset.has_preview ? 512 : 256} look="companion-art" />
      <p className="muted">
        {asset.has_preview
          ? t`It is kept as a companion: this is its preview, and the file is stored and packed.`
          : t`It is kept as a companion: stored and packed, not shown.`}
      </p>
    </div>
  );
}
