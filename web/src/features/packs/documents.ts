import { t } from "@lingui/core/macro";

import type { Pack, PackCheck, PackedAsset } from "./schema";

/** What the service writes into the archive. */
export function documentsOf(check: PackCheck | null, pack: Pack, assets: readonly PackedAsset[]) {
  const hasMachines = assets.some(({ provenance }) => provenance === "ai_generated");
  return [
    { name: "README.md", note: hasMachines ? t`with AI note` : "", text: check?.readme ?? null },
    { name: "LICENSE.txt", note: pack.license_identifier ?? "", text: check?.license_text ?? null },
    { name: "CREDITS.md", note: t`names and sources`, text: null },
    { name: "manifest.json", note: t`every file`, text: null },
  ];
}
