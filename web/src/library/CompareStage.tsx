import { useState } from "react";

import { pictureUrl } from "./AssetStage";
import { CompareSound } from "./CompareSound";
import { CompareVideo } from "./CompareVideo";
import type { Asset } from "./schema";
import { usePapers } from "./useAssets";
import { useZoom } from "./useZoom";

/** A result beside what it was made from. */
export function CompareStage({ result, parentId }: { result: Asset; parentId: number }) {
  const { data, error } = usePapers(parentId);
  const parent = data?.asset;
  if (error) return <p className="empty">{error.message}</p>;
  if (!parent) return <div className="stage" aria-busy />;
  if (result.type === "audio") return <CompareSound parent={parent} result={result} />;
  if (result.type === "video") return <CompareVideo parent={parent} result={result} />;
  return <ComparePictures parent={parent} result={result} />;
}

/** One over the other, parted by a line that is drawn across: the original on its left. */
function ComparePictures({ parent, result }: { parent: Asset; result: Asset }) {
  const [share, setShare] = useState(50);
  // Both are drawn at the size of the larger, so that whole pixels of the smaller become whole squares.
  const larger = (result.width ?? 0) >= (parent.width ?? 0) ? result : parent;
  const { box, width, height } = useZoom(larger.width, larger.height);
  return (
    <div ref={box} className="stage">
      {width > 0 && (
        <div className="compare" style={{ width, height }}>
          <img
            className="stage-picture"
            src={pictureUrl(parent)}
            alt={`Before: ${parent.name}`}
            data-pixelated
            style={{ width, height }}
          />
          <div className="compare-after" style={{ clipPath: `inset(0 0 0 ${String(share)}%)` }}>
            <img
              className="stage-picture"
              src={pictureUrl(result)}
              alt={`After: ${result.name}`}
              data-pixelated
              style={{ width, height }}
            />
          </div>
          <span className="compare-line" aria-hidden style={{ left: `${String(share)}%` }} />
          <span className="compare-label before">Before</span>
          <span className="compare-label after">After</span>
          <input
            type="range"
            aria-label="Where before ends and after begins"
            min={0}
            max={100}
            value={share}
            onChange={(event) => setShare(Number(event.target.value))}
          />
        </div>
      )}
    </div>
  );
}
