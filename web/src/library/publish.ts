/** Which files can be posts by the site's rules, said before anything is asked of the service. */
import type { PageConfig } from "../api/schema";
import { formatBytes } from "../lib/format";
import type { Asset } from "./schema";

type Rules = PageConfig["limits"];

export interface Unfit {
  readonly asset: Asset;
  readonly reason: string;
  /** A task that would make it fit. */
  readonly helps: boolean;
}

export interface Fitting {
  readonly fit: readonly Asset[];
  readonly already: readonly Asset[];
  readonly unfit: readonly Unfit[];
}

export function sortForPublishing(assets: readonly Asset[], rules: Rules): Fitting {
  const already = assets.filter(({ post_id: post }) => post !== null);
  const others = assets.filter(({ post_id: post }) => post === null);
  const unfit = others.flatMap((asset) => {
    const why = unfitness(asset, rules);
    return why ? [{ asset, ...why }] : [];
  });
  const isUnfit = new Set(unfit.map(({ asset }) => asset.id));
  return { fit: others.filter(({ id }) => !isUnfit.has(id)), already, unfit };
}

function unfitness(asset: Asset, rules: Rules): { reason: string; helps: boolean } | null {
  if (asset.type !== "image") return { reason: "Only pictures can be posts.", helps: false };
  if (!rules.post_formats.includes(asset.file_format)) {
    const formats = rules.post_formats.map((format) => format.toUpperCase()).join(", ");
    return { reason: `Posts are ${formats}; this is ${asset.file_format.toUpperCase()}.`, helps: true };
  }
  if (Math.max(asset.width ?? 0, asset.height ?? 0) > rules.post_max_canvas) {
    const most = String(rules.post_max_canvas);
    return { reason: `A post has at most ${most} × ${most} pixels.`, helps: true };
  }
  if (asset.size_bytes > rules.post_max_bytes) {
    return { reason: `A post has at most ${formatBytes(rules.post_max_bytes)}.`, helps: true };
  }
  return null;
}
