import { useRef, useState } from "react";

import { useSize } from "../ui/useSize";
import { pictureUrl } from "./AssetStage";
import { CompareSound } from "./CompareSound";
import { CompareVideo } from "./CompareVideo";
import type { Asset } from "./schema";
import { fitZoom } from "./view";

/** Two files in one place: sounds and videos in step, pictures one over the other. */
export function CompareStage({ parent, result }: { parent: Asset; result: Asset }) {
  if (result.type === "audio") return <CompareSound parent={parent} result={result} />;
  if (result.type === "video") return <CompareVideo parent={parent} result={result} />;
  return <ComparePictures parent={parent} result={result} />;
}

/** One over the other, parted by a line that is drawn across: the original on its left. */
function ComparePictures({ parent, result }: { parent: Asset; result: Asset }) {
  const [share, setShare] = useState(50);
  // Both are drawn at the size of the larger, so that whole pixels of the smaller become whole squares.
  const larger = (result.width ?? 0) >= (parent.width ?? 0) ? result : parent;
  const box = useRef<HTMLDivElement>(null);
  const room = useSize(box);
  const size = { width: larger.width ?? 0, height: larger.height ?? 0 };
  const zoom = size.width > 0 && room.width > 0 ? fitZoom(size, room, devicePixelRatio) : 0;
  const [width, height] = [size.width * zoom, size.height * zoom];
  return (
    <div ref={box} className="stage mat" data-mat="middle">
      {width > 0 && (
        <div className="compare" style={{ width, height }}>
          <img
            className="stage-picture"
            src={pictureUrl(parent)}
            alt={`Before: ${parent.name}`}
            data-pixelated
            style={{ width, height }}
          />
          <div className="compare-after mat" data-mat="middle" style={{ clipPath: `inset(0 0 0 ${String(share)}%)` }}>
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
