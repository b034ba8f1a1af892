/** Packs as the service tells them (LIBRARY section 5), checked where they enter the page. */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.isoTimestamp());
const id = v.pipe(v.number(), v.integer());

export const LicenseType = v.picklist(["royalty_free", "attribution", "commercial", "personal"]);
export type LicenseType = v.InferOutput<typeof LicenseType>;

export const Pack = v.object({
  id,
  name: v.string(),
  slug: v.string(),
  theme: v.nullable(v.string()),
  description: v.nullable(v.string()),
  license_type: LicenseType,
  license_id: v.nullable(id),
  license_identifier: v.nullable(v.string()),
  asset_count: count,
  total_size_bytes: count,
  /** The newest that has been built; 0 before. */
  edition: count,
  exported_at: v.nullable(time),
  export_bytes: v.nullable(count),
  download_url: v.nullable(v.string()),
  download_count: count,
  created_at: time,
  updated_at: time,
  export: v.nullable(
    v.object({
      id,
      status: v.picklist(["pending", "running", "completed", "failed", "cancelled"]),
      progress: v.number(),
      step: v.nullable(v.string()),
      error_message: v.nullable(v.string()),
      created_at: v.string(),
    }),
  ),
});
export type Pack = v.InferOutput<typeof Pack>;

export const PackPage = v.object({
  items: v.array(Pack),
  next_cursor: v.nullable(v.string()),
  total_count: count,
});

export const PackedAsset = v.object({
  asset_id: id,
  name: v.string(),
  type: v.picklist(["image", "audio", "video"]),
  file_format: v.string(),
  size_bytes: count,
  license_identifier: v.nullable(v.string()),
  attribution: v.nullable(v.string()),
  provenance: v.string(),
  notes: v.nullable(v.string()),
});
export type PackedAsset = v.InferOutput<typeof PackedAsset>;

export const Edition = v.object({
  edition: count,
  size_bytes: count,
  hash: v.string(),
  asset_count: count,
  built_at: time,
  download_url: v.string(),
});
export type Edition = v.InferOutput<typeof Edition>;

export const PackDetails = v.object({
  pack: Pack,
  assets: v.array(PackedAsset),
  editions: v.array(Edition),
});
export type PackDetails = v.InferOutput<typeof PackDetails>;

export const Conflict = v.object({
  code: v.string(),
  message: v.string(),
  asset_id: v.nullable(id),
  file: v.nullable(v.string()),
});
export type Conflict = v.InferOutput<typeof Conflict>;

export const PackCheck = v.object({
  conflicts: v.array(Conflict),
  readme: v.nullable(v.string()),
  license_text: v.nullable(v.string()),
});
export type PackCheck = v.InferOutput<typeof PackCheck>;

export interface PackChanges {
  name?: string;
  theme?: string | null;
  description?: string | null;
  license_type?: LicenseType;
  license_id?: number | null;
}

export interface ChosenAsset {
  asset_id: number;
  notes?: string;
}
