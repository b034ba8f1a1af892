import { AudioLines, File, Film, ImageOff } from "lucide-react";
import { useState } from "react";

import { previewUrl } from "./api";
import { wholeZoom } from "../lib/zoom";
import { useFetched } from "../ui/useFetched";
import { isPixelArt } from "./layout";
import type { Asset } from "./schema";

const icons = { image: ImageOff, audio: AudioLines, video: Film, other: File };

interface Props {
  asset: Asset;
  /** On the longer side, in the page's pixels. */
  size: number;
}

/** A small picture of a file: a poster of a video, the waveform of a sound. Pixels stay squares. */
export function AssetPicture({ asset, size }: Props) {
  const [isBroken, setBroken] = useState(false);
  const Icon = icons[asset.type];
  if (!asset.has_preview || isBroken) {
    return (
      <span className="picture-none faint" aria-hidden>
        <Icon />
      </span>
    );
  }
  return <Preview asset={asset} size={size} onError={() => setBroken(true)} />;
}

function Preview({ asset, size, onError }: Props & { onError: () => void }) {
  const { width, height } = asset;
  // Small art is drawn by whole pixels; anything else fills its place.
  const zoom =
    width && height && isPixelArt(width, height) ? wholeZoom(width, height, size, size, devicePixelRatio) : 0;
  const drawn = zoom >= 1 && width && height ? { width: width * zoom, height: height * zoom } : undefined;
  const wanted = size * Math.min(2, window.devicePixelRatio || 1);
  const fetched = useFetched(previewUrl(asset, wanted > 512 ? 1024 : wanted > 256 ? 512 : 256));
  return (
    <img
      {...fetched}
      alt=""
      decoding="async"
      draggable={false}
      style={drawn}
      data-pixelated={zoom >= 1}
      onError={onError}
    />
  );
}

/** A file's small picture in a line of text; a sign of the same size where it has none. */
export function SmallPreview({ id }: { id: number }) {
  const [isBroken, setBroken] = useState(false);
  const fetched = useFetched(previewUrl({ id }, 64));
  if (isBroken) return <ImageOff className="small-preview" aria-hidden />;
  return (
    <img
      {...fetched}
      alt=""
      className="small-preview"
      decoding="async"
      draggable={false}
      onError={() => setBroken(true)}
    />
  );
}
