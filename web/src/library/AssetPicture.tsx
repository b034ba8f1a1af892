import { AudioLines, File, Film, ImageOff } from "lucide-react";
import { useState } from "react";

import type { Rim } from "../lib/mat";
import { wholeZoom } from "../lib/zoom";
import { useFetched } from "../ui/useFetched";
import { rimOfImage, useMat } from "../ui/useMat";
import { previewUrl } from "./api";
import { isPixelArt } from "./layout";
import type { Asset } from "./schema";

const icons = { image: ImageOff, audio: AudioLines, video: Film, other: File };

interface Props {
  asset: Asset;
  /** On the longer side, in the page's pixels. */
  size: number;
  /** Hears of the picture's rim, once it is drawn. */
  onRim?: (rim: Rim) => void;
}

/** A small picture of a file: a poster of a video, a sign of what has none. Pixels stay squares. */
export function AssetPicture({ asset, size, onRim }: Props) {
  const [isBroken, setBroken] = useState(false);
  const Icon = icons[asset.type];
  if (!asset.has_preview || isBroken) {
    return (
      <span className="picture-none" aria-hidden>
        <Icon />
        {asset.type === "other" && `.${asset.file_format}`}
      </span>
    );
  }
  return <Preview asset={asset} size={size} onError={() => setBroken(true)} {...(onRim && { onRim })} />;
}

function Preview({ asset, size, onRim, onError }: Props & { onError: () => void }) {
  const { width, height } = asset;
  // Small art is drawn by whole pixels; anything else fills its place.
  const zoom =
    width && height && isPixelArt(width, height) ? wholeZoom(width, height, size, size, devicePixelRatio) : 0;
  const drawn = zoom >= 1 && width && height ? { width: width * zoom, height: height * zoom } : undefined;
  const wanted = size * Math.min(2, window.devicePixelRatio || 1);
  const { onLoad, ...fetched } = useFetched(previewUrl(asset, wanted > 512 ? 1024 : wanted > 256 ? 512 : 256));
  return (
    <img
      {...fetched}
      alt=""
      decoding="async"
      draggable={false}
      style={drawn}
      data-pixelated={zoom >= 1}
      onLoad={(event) => {
        onLoad();
        onRim?.(rimOfImage(event.currentTarget));
      }}
      onError={onError}
    />
  );
}

/** The picture with the mat behind it that shows it. */
export function ArtOnMat({ asset, size, look }: { asset: Asset; size: number; look: string }) {
  const [mat, onRim] = useMat();
  return (
    <span className={`${look} mat`} data-mat={asset.has_preview ? mat : "plain"}>
      <AssetPicture asset={asset} size={size} onRim={onRim} />
    </span>
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
