/** The library as the service tells it (LIBRARY section 3), checked where it enters the page. */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.isoTimestamp());
const id = v.pipe(v.number(), v.integer());

export const AssetType = v.picklist(["image", "audio", "video"]);
export type AssetType = v.InferOutput<typeof AssetType>;
export const Provenance = v.picklist(["unknown", "ai_generated", "user_provided", "enhanced"]);
export type Provenance = v.InferOutput<typeof Provenance>;

export const Asset = v.object({
  id,
  type: AssetType,
  name: v.string(),
  original_path: v.nullable(v.string()),
  hash: v.string(),
  mime_type: v.string(),
  file_format: v.string(),
  size_bytes: count,
  width: v.nullable(v.number()),
  height: v.nullable(v.number()),
  frame_count: v.nullable(v.number()),
  duration_sec: v.nullable(v.number()),
  samplerate_hz: v.nullable(v.number()),
  theme: v.nullable(v.string()),
  source: v.nullable(v.string()),
  provenance: Provenance,
  hashtags: v.array(v.string()),
  license_id: v.nullable(id),
  license_identifier: v.nullable(v.string()),
  attribution: v.nullable(v.string()),
  approved: v.boolean(),
  rejected_at: v.nullable(time),
  deleted_at: v.nullable(time),
  parent_asset_id: v.nullable(id),
  post_id: v.nullable(id),
  created_at: time,
  updated_at: time,
});
export type Asset = v.InferOutput<typeof Asset>;

const Facet = v.object({ value: v.nullable(v.string()), count });
export const Facets = v.object({
  type: v.array(Facet),
  state: v.array(Facet),
  theme: v.array(Facet),
  provenance: v.array(Facet),
});
export type Facets = v.InferOutput<typeof Facets>;

export const AssetPage = v.object({
  items: v.array(Asset),
  next_cursor: v.nullable(v.string()),
  total_count: count,
  facets: v.optional(v.nullable(Facets)),
});
export type AssetPage = v.InferOutput<typeof AssetPage>;
