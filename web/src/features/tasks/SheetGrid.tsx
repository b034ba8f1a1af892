import "./tasks.css";

import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";

import { formatCount } from "../../platform/format";
import { previewUrl } from "../../data/assets/urls";
import type { Asset } from "../../data/assets/schema";
import { useLazyImage } from "../../ui/useLazyImage";
import { cellsOf, type Grid } from "./grid";

/** The maximum number of files that a task makes. */
const MAX_PIECES = 512;
/** The preview's maximum size in pixels, so that the fields above stay visible. */
const HIGHEST = 320;

interface Props {
  asset: Pick<Asset, "id" | "name" | "width" | "height">;
  grid: Grid;
}

/** The sheet with the lines along which it would be cut. */
export function SheetGrid({ asset, grid }: Props) {
  const picture = useLazyImage(previewUrl(asset, 512));
  const { width, height } = asset;
  if (!width || !height) return null;
  const { count, path } = cellsOf({ width, height }, grid);
  return (
    <figure className="sheet-grid">
      <div className="mat" style={{ aspectRatio: `${width} / ${height}`, maxWidth: (HIGHEST * width) / height }}>
        <img {...picture} alt="" />
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden>
          <path d={path} vectorEffect="non-scaling-stroke" />
          <path d={path} vectorEffect="non-scaling-stroke" className="dashes" />
        </svg>
      </div>
      <figcaption role="status" className={count > MAX_PIECES ? "wait" : "muted"}>
        <Trans>
          <bdi>{asset.name}</bdi>: <Plural value={count} one="# cell" other="# cells" /> of {grid.width} × {grid.height}
          .{count > MAX_PIECES && t` A task makes up to ${formatCount(MAX_PIECES)} files; empty ones are left out.`}
        </Trans>
      </figcaption>
    </figure>
  );
}
