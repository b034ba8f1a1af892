import { useEffect, useState } from "react";

import type { Asset } from "../../data/assets/schema";
import { pictureUrl } from "./AssetStage";
import { type Difference, differenceOf, type Pixels } from "./difference";
import type { Size } from "./view";

/** Larger pictures are compared at this size. */
const MAX_SIDE = 2048;

/** The size at which both are shown and compared: that of the larger one. */
export function sharedSize(a: Asset, b: Asset): Size {
  const larger = (a.width ?? 1) * (a.height ?? 1) >= (b.width ?? 1) * (b.height ?? 1) ? a : b;
  return { width: larger.width ?? 1, height: larger.height ?? 1 };
}

/** What differs between two files; undefined while they load, null where a browser cannot draw one. */
export function useDifference(a: Asset, b: Asset): Difference | null | undefined {
  const [found, setFound] = useState<{ of: string; difference: Difference | null }>();
  const key = `${a.id} ${b.id}`;
  useEffect(() => {
    let isLeft = false;
    const size = sharedSize(a, b);
    const share = Math.min(1, MAX_SIDE / Math.max(size.width, size.height));
    const shown = { width: Math.ceil(size.width * share), height: Math.ceil(size.height * share) };
    Promise.all([a, b].map((asset) => pixelsOf(asset, shown))).then(
      ([one, other]) => {
        if (!isLeft && one && other) setFound({ of: key, difference: differenceOf(one, other) });
      },
      () => {
        if (!isLeft) setFound({ of: key, difference: null });
      },
    );
    return () => {
      isLeft = true;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a file's pixels never change
  }, [key]);
  return found?.of === key ? found.difference : undefined;
}

async function pixelsOf(asset: Asset, { width, height }: Size): Promise<Pixels> {
  const image = new Image();
  image.src = pictureUrl(asset);
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  if (!drawing) throw new Error("no canvas");
  // A picture that was enlarged by a whole factor has whole squares.
  drawing.imageSmoothingEnabled = width % image.naturalWidth !== 0 || height % image.naturalHeight !== 0;
  drawing.drawImage(image, 0, 0, width, height);
  return drawing.getImageData(0, 0, width, height);
}
