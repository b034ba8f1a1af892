import { AudioLines, File, Film, ImageOff } from "lucide-react";
import { useState } from "react";

import type { Rim } from "../lib/mat";
import { integerZoom } from "../lib/zoom";
import { useLazyImage } from "../ui/useLazyImage";
import { rimOfImage, useMat } from "../ui/useMat";
import { previewUrl } from "./api";
import { isPixelArt } from "./layout";
import type { Asset } from "./schema";

const icons = { image: ImageOff, audio: AudioLines, video: Film, other: File };

/** Whether a file has a picture, and the icon shown instead where it has none. */
export type Pictured = Pick<Asset, "id" | "type" | "file_format" | "has_preview">;

/** A sound's preview is its waveform. */
export function hasPicture({ type, has_preview }: Pick<Pictured, "type" | "has_preview">): boolean {
  return has_preview && type !== "audio";
}

interface Props {
  asset: Asset;
  /** The longer side, in CSS pixels. */
  size: number;
  /** Called with the colours at the picture's edge, once it is drawn. */
  onRim?: (rim: Rim) => void;
}

/** A file's preview: a video's poster, an icon where there is none. Pixel art keeps hard edges. */
export function AssetPicture({ asset, size, onRim }: Props) {
  const [isBroken, setBroken] = useState(false);
  if (!hasPicture(asset) || isBroken) return <Sign asset={asset} look="picture-none" />;
  return <Preview asset={asset} size={size} onError={() => setBroken(true)} {...(onRim && { onRim })} />;
}

function Sign({ asset: { type, file_format: format }, look }: { asset: Pictured; look: string }) {
  const Icon = icons[type];
  return (
    <span className={look} aria-hidden>
      <Icon />
      {type === "other" && `.${format}`}
    </span>
  );
}

function Preview({ asset, size, onRim, onError }: Props & { onError: () => void }) {
  const { width, height } = asset;
  // Small art is scaled by whole multiples; anything else fills its box.
  const zoom =
    width && height && isPixelArt(width, height) ? integerZoom(width, height, size, size, devicePixelRatio) : 0;
  const drawn = zoom >= 1 && width && height ? { width: width * zoom, height: height * zoom } : undefined;
  const wanted = size * Math.min(2, window.devicePixelRatio || 1);
  const { onLoad, ...fetched } = useLazyImage(previewUrl(asset, wanted > 512 ? 1024 : wanted > 256 ? 512 : 256));
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

/** The picture on the background that suits it. */
export function ArtOnMat({ asset, size, look }: { asset: Asset; size: number; look: string }) {
  const [mat, onRim] = useMat();
  return (
    <span className={`${look} mat`} data-mat={hasPicture(asset) ? mat : "plain"}>
      <AssetPicture asset={asset} size={size} onRim={onRim} />
    </span>
  );
}

/** A small inline preview, or an icon of the same size. */
export function SmallPreview({ asset }: { asset: Pictured }) {
  const [isBroken, setBroken] = useState(false);
  if (!hasPicture(asset) || isBroken) return <Sign asset={asset} look="small-preview" />;
  return <Small id={asset.id} onError={() => setBroken(true)} />;
}

function Small({ id, onError }: { id: number; onError: () => void }) {
  return (
    <img
      {...useLazyImage(previewUrl({ id }, 64))}
      alt=""
      className="small-preview"
      decoding="async"
      draggable={false}
      onError={onError}
    />
  );
}
