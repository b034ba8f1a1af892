/** The library as the service tells it (LIBRARY section 3), checked where it enters the page. */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.isoTimestamp());
const id = v.pipe(v.number(), v.integer());

export const AssetType = v.picklist(["image", "audio", "video"]);
export type AssetType = v.InferOutput<typeof AssetType>;
export const Provenance = v.picklist(["unknown", "ai_generated", "user_provided", "enhanced"]);
export type Provenance = v.InferOutput<typeof Provenance>;
export const State = v.picklist(["new", "approved", "set_aside", "trash"]);
export type State = v.InferOutput<typeof State>;

export const Asset = v.object({
  id,
  name: v.string(),
  type: AssetType,
  file_format: v.string(),
  mime_type: v.string(),
  size_bytes: count,
  width: v.nullable(v.number()),
  height: v.nullable(v.number()),
  frame_count: v.nullable(v.number()),
  duration_sec: v.nullable(v.number()),
  samplerate_hz: v.nullable(v.number()),
  theme: v.nullable(v.string()),
  source: v.nullable(v.string()),
  provenance: Provenance,
  license_id: v.nullable(id),
  license_identifier: v.nullable(v.string()),
  attribution: v.nullable(v.string()),
  hashtags: v.array(v.string()),
  state: State,
  deleted_at: v.nullable(time),
  has_preview: v.boolean(),
  parent_asset_id: v.nullable(id),
  post_id: v.nullable(id),
  original_path: v.nullable(v.string()),
  created_at: time,
  updated_at: time,
});
export type Asset = v.InferOutput<typeof Asset>;

const Facet = v.object({ value: v.nullable(v.string()), count });
export type Facet = v.InferOutput<typeof Facet>;
export const Facets = v.object({
  state: v.array(Facet),
  type: v.array(Facet),
  provenance: v.array(Facet),
  theme: v.array(Facet),
});
export type Facets = v.InferOutput<typeof Facets>;

export const AssetPage = v.object({
  items: v.array(Asset),
  next_cursor: v.nullable(v.string()),
  total_count: count,
  facets: Facets,
});
export type AssetPage = v.InferOutput<typeof AssetPage>;

const Relative = v.object({ id, name: v.string() });
const Finding = v.object({ code: v.string(), message: v.string() });
export const Papers = v.object({
  asset: Asset,
  reports: v.array(
    v.object({
      id: v.string(),
      outcome: v.string(),
      facts: v.record(v.string(), v.unknown()),
      findings: v.array(Finding),
      created_at: time,
    }),
  ),
  parent: v.nullable(Relative),
  children: v.array(Relative),
  post: v.nullable(v.object({ id, title: v.nullable(v.string()) })),
  packs: v.array(v.object({ id, name: v.string(), edition: v.number() })),
  near_duplicates: v.array(v.object({ id, name: v.string(), distance: v.number() })),
});
export type Papers = v.InferOutput<typeof Papers>;

export const AssetsChanged = v.object({ success: v.literal(true), affected_count: count, message: v.string() });

export const Published = v.object({
  items: v.array(
    v.object({
      asset_id: id,
      outcome: v.picklist(["published", "already", "refused"]),
      post_id: v.nullable(id),
      code: v.nullable(v.string()),
      message: v.nullable(v.string()),
    }),
  ),
});
export type Published = v.InferOutput<typeof Published>;

export interface AssetEdit {
  set?: Partial<{
    theme: string | null;
    source: string | null;
    provenance: Provenance;
    license_id: number | null;
    attribution: string | null;
    name: string;
  }>;
  add_hashtags?: string[];
  remove_hashtags?: string[];
}
