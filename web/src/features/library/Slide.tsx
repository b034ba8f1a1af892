import { useState } from "react";

import type { Asset } from "../../data/assets/schema";
import { pictureUrl } from "./AssetStage";
import type { Size } from "./view";

interface Side {
  asset: Asset;
  tag: string;
  alt: string;
}

interface Props {
  before: Side;
  after: Side;
  /** Both are drawn in this size. */
  size: Size;
  isPixelated: boolean;
  mat: string;
  label: string;
}

/** Two pictures, one over the other up to a line, which follows the pointer and the arrow keys: A is at the left of any page. */
export function Slide({ before, after, size, isPixelated, mat, label }: Props) {
  const [share, setShare] = useState(50);
  const drawn = { className: "stage-picture", "data-pixelated": isPixelated, style: size, draggable: false };
  return (
    <div className="compare" dir="ltr" style={size}>
      <img {...drawn} src={pictureUrl(before.asset)} alt={before.alt} />
      <div className="compare-after mat" data-mat={mat} style={{ clipPath: `inset(0 0 0 ${share}%)` }}>
        <img {...drawn} src={pictureUrl(after.asset)} alt={after.alt} />
      </div>
      <span className="compare-line" aria-hidden style={{ left: `${share}%` }} />
      <span className="compare-label before">{before.tag}</span>
      <span className="compare-label after">{after.tag}</span>
      <input
        type="range"
        aria-label={label}
        min={0}
        max={100}
        value={share}
        onChange={(event) => setShare(Number(event.target.value))}
      />
    </div>
  );
}
