import type { Rim } from "../../platform/mat";
import { integerZoom } from "../../platform/zoom";
import { useLazyImage } from "../../ui/useLazyImage";
import { rimOfImage, useMat } from "../../ui/useMat";
import { useBroken } from "../broken";
import { isPixelArt } from "./pixelArt";
import type { Asset } from "./schema";
import { hasPicture, type Pictured, Sign } from "./SmallPreview";
import { previewUrl } from "./urls";

type Drawn = Pictured & Pick<Asset, "width" | "height">;

interface Props {
  asset: Drawn;
  /** The longer side, in CSS pixels. */
  size: number;
  /** Called with the colours at the picture's edge, once it is drawn. */
  onRim?: (rim: Rim) => void;
}

/** The preview that is fetched to be drawn at this size. */
export function pictureSource(asset: Pick<Asset, "id">, size: number): string {
  const wanted = size * Math.min(2, window.devicePixelRatio || 1);
  return previewUrl(asset, wanted > 512 ? 1024 : wanted > 256 ? 512 : 256);
}

/** A file's preview: a video's poster, an icon where there is none. Pixel art keeps hard edges. */
export function AssetPicture({ asset, size, onRim }: Props) {
  const [isBroken, onError] = useBroken();
  if (!hasPicture(asset) || isBroken) return <Sign asset={asset} look="picture-none" />;
  return <Preview asset={asset} size={size} onError={onError} {...(onRim && { onRim })} />;
}

function Preview({ asset, size, onRim, onError }: Props & { onError: () => void }) {
  const { width, height } = asset;
  // Small art is scaled by whole multiples; anything else is seen as a whole.
  const zoom =
    width && height && isPixelArt(width, height) ? integerZoom(width, height, size, size, devicePixelRatio) : 0;
  const isEnlarged = zoom >= 1 && width && height;
  // A percentage of the height is that of a row, which grows with the picture.
  const drawn = isEnlarged
    ? { width: width * zoom, height: height * zoom }
    : { maxWidth: `min(100%, ${size}px)`, maxHeight: size };
  const { onLoad, ...fetched } = useLazyImage(pictureSource(asset, size));
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
export function ArtOnMat({ asset, size, look }: { asset: Drawn; size: number; look: string }) {
  const [mat, onRim] = useMat();
  return (
    <span className={`${look} mat`} data-mat={hasPicture(asset) ? mat : "plain"}>
      <AssetPicture asset={asset} size={size} onRim={onRim} />
    </span>
  );
}
