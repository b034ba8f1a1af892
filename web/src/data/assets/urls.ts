import { apiUrl } from "../client";
import type { Asset } from "./schema";

const ROOT = "/api/pmd/assets";

/** The URL of a file's bytes. It is immutable: other bytes have another URL. */
export function fileUrl(asset: Pick<Asset, "id">, isDownload = false): string {
  return apiUrl(`${ROOT}/${asset.id}/file`, isDownload ? { download: "1" } : {});
}

/** The URL of a preview whose longer side has at least `size` pixels, if there is one. */
export function previewUrl(asset: Pick<Asset, "id">, size: number): string {
  return apiUrl(`${ROOT}/${asset.id}/preview`, { size: String(size) });
}
