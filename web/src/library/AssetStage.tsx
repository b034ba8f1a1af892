import { AudioPlayer } from "./AudioPlayer";
import { fileUrl, previewUrl } from "./api";
import { isPixelArt } from "./layout";
import type { Asset } from "./schema";
import { useZoom } from "./useZoom";

/** A file as it is: pictures at whole-number zoom where they are small, sound with its waveform, video with its poster. */
export function AssetStage({ asset }: { asset: Asset }) {
  if (asset.type === "audio") return <AudioPlayer asset={asset} />;
  if (asset.type === "video") return <VideoPlayer asset={asset} />;
  return <Picture asset={asset} />;
}

/** Formats that browsers do not show: a large preview stands for them. */
const SHOWN = new Set(["image/png", "image/apng", "image/jpeg", "image/gif", "image/webp", "image/bmp"]);

export function pictureUrl(asset: Asset): string {
  return SHOWN.has(asset.mime_type) ? fileUrl(asset) : previewUrl(asset, 4096);
}

function Picture({ asset }: { asset: Asset }) {
  const { box, zoom, width, height } = useZoom(asset.width, asset.height);
  return (
    <div ref={box} className="stage">
      {width > 0 && (
        <img
          className="stage-picture"
          src={pictureUrl(asset)}
          alt={asset.name}
          data-pixelated={isPixelArt(asset.width, asset.height)}
          style={{ width, height }}
        />
      )}
      {zoom > 1 && <span className="stage-zoom">{zoom} ×</span>}
    </div>
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
