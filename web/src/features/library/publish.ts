/** Checks files against the site's rules for posts before the service is asked. */
import { t } from "@lingui/core/macro";

import type { PageConfig } from "../../data/schema";
import { formatBytes } from "../../platform/format";
import { groupBy } from "../../platform/lists";
import type { Asset } from "../../data/assets/schema";

type Rules = PageConfig["limits"];

/** The parameters of the task “Export” that would make a file valid, with their description. */
export interface Help {
  readonly words: string;
  readonly params: Readonly<Record<string, string | number>>;
}

interface Unfit {
  readonly asset: Asset;
  readonly reason: string;
  readonly help: Help | null;
}

interface Fitting {
  readonly fit: readonly Asset[];
  readonly already: readonly Asset[];
  readonly unfit: readonly Unfit[];
}

export function sortForPublishing(assets: readonly Asset[], rules: Rules): Fitting {
  const already = assets.filter(({ post_id: post }) => post !== null);
  const others = assets.filter(({ post_id: post }) => post === null);
  const unfit = others.flatMap((asset) => {
    const reason = unfitness(asset, rules);
    return reason === null ? [] : [{ asset, reason, help: helpFor(asset, rules) }];
  });
  const isUnfit = new Set(unfit.map(({ asset }) => asset.id));
  return { fit: others.filter(({ id }) => !isUnfit.has(id)), already, unfit };
}

/** Files grouped by the task that would make them valid, the largest group first. */
export function helpedAlike(unfit: readonly Unfit[]): { help: Help; assets: readonly Asset[] }[] {
  const helped = unfit.flatMap(({ asset, help }) => (help ? [{ asset, help }] : []));
  return [...groupBy(helped, ({ help }) => help.words).values()]
    .map((alike) => ({ help: alike[0].help, assets: alike.map(({ asset }) => asset) }))
    .sort((a, b) => b.assets.length - a.assets.length);
}

function unfitness(asset: Asset, rules: Rules): string | null {
  if (asset.type !== "image") return t`Only images can be posts.`;
  if (!rules.post_formats.includes(asset.file_format)) {
    const formats = rules.post_formats.map((format) => format.toUpperCase()).join(", ");
    return t`Posts must be ${formats}. This is ${asset.file_format.toUpperCase()}.`;
  }
  const side = rules.post_max_canvas;
  if (longerSide(asset) > side) return t`Posts can be up to ${side} × ${side} pixels.`;
  if (asset.size_bytes > rules.post_max_bytes) return t`Posts can be up to ${formatBytes(rules.post_max_bytes)}.`;
  return null;
}

function longerSide({ width, height }: Asset): number {
  return Math.max(width ?? 0, height ?? 0);
}

function helpFor(asset: Asset, rules: Rules): Help | null {
  if (asset.type !== "image") return null;
  const words: string[] = [];
  let params: Help["params"] = {};
  const side = rules.post_max_canvas;
  const longer = longerSide(asset);
  if (longer > side) {
    const [width, height] = [asset.width, asset.height].map((length) =>
      Math.max(1, Math.round(((length ?? 1) * side) / longer)),
    ) as [number, number];
    words.push(t`scale down to ${width} × ${height}`);
    params = { longest_side: side, scaling: "nearest" };
  }
  if (!rules.post_formats.includes(asset.file_format)) {
    const isAnimated = (asset.frame_count ?? 1) > 1;
    const format = (isAnimated ? ["gif", "webp"] : ["png", "webp"]).find((each) => rules.post_formats.includes(each));
    if (!format) return null;
    words.push(t`convert to ${format.toUpperCase()}`);
    params = { ...params, format };
  }
  if (words.length === 0) {
    words.push(t`keep 32 colours`);
    params = { colours: 32 };
  }
  return { words: words.join(t` and `), params };
}
