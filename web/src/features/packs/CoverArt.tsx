import "./cover.css";

import { type CSSProperties, type ReactNode, useRef } from "react";

import { previewUrl } from "../../data/assets/urls";
import { isPixelArt } from "../../data/assets/pixelArt";
import { useBroken } from "../../data/broken";
import { hasPicture, Sign } from "../../data/assets/SmallPreview";
import type { Mat } from "../../platform/mat";
import { useElementSize } from "../../ui/useElementSize";
import { useLazyImage } from "../../ui/useLazyImage";
import { rimOfImage, useMat } from "../../ui/useMat";
import { type Box, drawnSize, placeOf } from "./cover";
import type { Cover, CoverPicture } from "./schema";

interface Props {
  pictures: readonly CoverPicture[];
  cover: Cover | null;
  /** Shown where there is no picture. */
  children?: ReactNode;
}

/** A pack's cover: one placed picture, or the first few in a row on the middle mat. */
export function CoverArt({ pictures, cover, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const size = useElementSize(box);
  const [only] = pictures;
  if (cover && only?.id === cover.asset_id) return <OneArt key={only.id} picture={only} cover={cover} />;
  const part = { width: size.width / Math.max(1, pictures.length), height: size.height };
  return (
    <div ref={box} className="cover mat" data-mat={pictures.length > 0 ? "middle" : "plain"}>
      {size.width > 0 && pictures.map((picture) => <Art key={picture.id} picture={picture} cover={null} box={part} />)}
      {pictures.length === 0 && children}
    </div>
  );
}

function OneArt({ picture, cover }: { picture: CoverPicture; cover: Cover }) {
  const box = useRef<HTMLDivElement>(null);
  const size = useElementSize(box);
  const [auto, onRim] = useMat();
  const mat: Mat | "own" = cover.mat === "auto" ? auto : cover.mat;
  return (
    <div ref={box} className="cover mat" data-mat={mat}>
      {size.width > 0 && <Art picture={picture} cover={cover} box={size} onRim={onRim} />}
    </div>
  );
}

interface ArtProps {
  picture: CoverPicture;
  cover: Cover | null;
  box: Box;
  onRim?: (rim: ReturnType<typeof rimOfImage>) => void;
}

function Art({ picture, cover, box, onRim }: ArtProps) {
  const [isBroken, onError] = useBroken();
  const wanted = box.width * Math.min(2, devicePixelRatio);
  const { onLoad, ...fetched } = useLazyImage(previewUrl(picture, wanted > 512 ? 1024 : wanted > 256 ? 512 : 256));
  const drawn = drawnSize(picture, cover, box);
  const style: CSSProperties = { width: drawn.width, height: drawn.height };
  if (cover) Object.assign(style, { position: "absolute", ...placeOf(drawn, cover, box) });
  if (isBroken || !hasPicture(picture)) return <Sign asset={picture} look="picture-none" />;
  return (
    <img
      {...fetched}
      alt=""
      decoding="async"
      draggable={false}
      style={style}
      data-pixelated={isPixelArt(picture.width, picture.height)}
      onLoad={(event) => {
        onLoad();
        onRim?.(rimOfImage(event.currentTarget));
      }}
      onError={onError}
    />
  );
}
