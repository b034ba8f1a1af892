/** Finds files by name for the command palette. */
import { t } from "@lingui/core/macro";

import { go } from "../../platform/address";
import { formatBytes } from "../../platform/format";
import type { Finder } from "../../ui/palette";
import { hasPicture } from "../../data/assets/SmallPreview";
import { previewUrl } from "../../data/assets/urls";
import { listAssets } from "./api";

const MAX_RESULTS = 5;

export const fileFinder: Finder = {
  title: t`Files`,
  find: async (text, signal) => {
    const { items } = await listAssets({ q: text }, 0, MAX_RESULTS, signal);
    return items.map((asset) => ({
      id: `asset-${asset.id}`,
      words: asset.name,
      note: formatBytes(asset.size_bytes),
      ...(hasPicture(asset) && { picture: previewUrl(asset, 64) }),
      open: () => go("library", { asset: asset.id }),
    }));
  },
};
