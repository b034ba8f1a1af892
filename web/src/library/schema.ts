// Written by “make types” from /api/openapi.json.
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** One file in the list; its bytes are at `/assets/{id}/file`, its pictures at `/assets/{id}/preview`. */
export const Asset = v.object({
  id: whole,
  name: v.string(),
  type: v.picklist(["audio", "image", "other", "video"]),
  file_format: v.string(),
  mime_type: v.string(),
  size_bytes: whole,
  width: v.nullable(whole),
  height: v.nullable(whole),
  frame_count: v.nullable(whole),
  duration_sec: v.nullable(v.number()),
  samplerate_hz: v.nullable(whole),
  theme: v.nullable(v.string()),
  source: v.nullable(v.string()),
  provenance: v.picklist(["ai_generated", "enhanced", "unknown", "user_provided"]),
  license_id: v.nullable(whole),
  license_identifier: v.nullable(v.string()),
  attribution: v.nullable(v.string()),
  note: v.nullable(v.string()),
  hashtags: v.array(v.string()),
  rating: whole,
  label: v.nullable(whole),
  state: v.picklist(["approved", "new", "set_aside", "trash"]),
  approved: v.boolean(),
  rejected_at: v.nullable(time),
  deleted_at: v.nullable(time),
  has_preview: v.boolean(),
  parent_asset_id: v.nullable(whole),
  post_id: v.nullable(whole),
  original_path: v.nullable(v.string()),
  folder: v.string(),
  hash: v.string(),
  created_at: time,
  updated_at: time,
});
export type Asset = v.InferOutput<typeof Asset>;

/** How many files have this value, of those that the other filters leave; null stands for none. */
export const Facet = v.object({
  value: v.nullable(v.string()),
  count: whole,
  is_exact: v.optional(v.boolean(), true),
});
export type Facet = v.InferOutput<typeof Facet>;

/** What can be chosen next, the most frequent first; of themes the first 100. */
export const Facets = v.object({
  state: v.array(Facet),
  type: v.array(Facet),
  provenance: v.array(Facet),
  theme: v.array(Facet),
  rating: v.array(Facet),
  label: v.array(Facet),
});
export type Facets = v.InferOutput<typeof Facets>;

/** One page in the order that was asked for; `next_cursor` is null on the last one. */
export const AssetPage = v.object({
  items: v.array(Asset),
  next_cursor: v.nullable(v.string()),
  total_count: whole,
  total_is_exact: v.boolean(),
  facets: Facets,
  so_far: v.optional(v.boolean(), false),
  is_alike: v.optional(v.boolean(), false),
});
export type AssetPage = v.InferOutput<typeof AssetPage>;

/** What an action came to; `affected_count` files are now as asked for, whether or not they were before. */
export const AssetsChanged = v.object({
  success: v.optional(v.boolean(), true),
  affected_count: whole,
  message: v.string(),
});
export type AssetsChanged = v.InferOutput<typeof AssetsChanged>;

/** A folder with its whole path, and the files that lie in it and not below it. */
const Folder = v.object({
  folder: v.string(),
  count: whole,
  is_exact: v.optional(v.boolean(), true),
});

/** Folders that hold files; `next_cursor` is null on the last page. */
export const FolderPage = v.object({
  items: v.array(Folder),
  next_cursor: v.nullable(v.string()),
});
export type FolderPage = v.InferOutput<typeof FolderPage>;

/** Files that look the same, the best first: by stars, pixels, bits a colour, and bytes. */
const AlikeGroup = v.object({
  items: v.array(Asset),
});

/** The groups among the files that were looked at; `next_cursor` goes on, also from no groups. */
export const AlikePage = v.object({
  groups: v.array(AlikeGroup),
  looked_at: whole,
  next_cursor: v.nullable(v.string()),
});
export type AlikePage = v.InferOutput<typeof AlikePage>;

/** Something worth knowing about a file that got in: a code for machines, a sentence for its owner. */
const Finding = v.object({
  code: v.string(),
  message: v.string(),
});

/** One file's papers. `facts` carry their `version`, and are what the look measured. */
const Report = v.object({
  id: v.string(),
  batch_id: v.nullable(v.string()),
  asset_id: v.nullable(whole),
  outcome: v.picklist(["added", "already_there", "looked_again", "restored"]),
  file_name: v.string(),
  hash: v.string(),
  facts: v.record(v.string(), v.unknown()),
  findings: v.array(Finding),
  created_at: time,
});

/** What a file's own marks tell of how a machine made it; what they leave out stays unsaid, and nothing is guessed. */
const Generation = v.object({
  marks: v.optional(v.array(v.string()), []),
  prompt: v.optional(v.nullable(v.string()), null),
  negative_prompt: v.optional(v.nullable(v.string()), null),
  model: v.optional(v.nullable(v.string()), null),
  seed: v.optional(v.nullable(v.string()), null),
  settings: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** One task, and the file that it was given; older papers tell no engine. */
const Step = v.object({
  task: v.string(),
  params: v.record(v.string(), v.unknown()),
  asset_id: whole,
  made_at: time,
  engine: v.optional(v.nullable(v.string()), null),
  version: v.optional(v.nullable(v.string()), null),
});

/** A file that this one was made from, or that was made from this one. */
const Relative = v.object({
  id: whole,
  name: v.string(),
  type: v.picklist(["audio", "image", "other", "video"]),
  file_format: v.string(),
  has_preview: v.boolean(),
});

/** The post that a file was published as. */
const PostOfAsset = v.object({
  id: whole,
  title: v.nullable(v.string()),
});

/** A pack that a file is in. */
const PackOfAsset = v.object({
  id: whole,
  name: v.string(),
  edition: whole,
});

/** A file that looks the same: `distance` of 64 bits of its difference hash differ. */
const NearDuplicate = v.object({
  id: whole,
  name: v.string(),
  type: v.picklist(["audio", "image", "other", "video"]),
  file_format: v.string(),
  has_preview: v.boolean(),
  distance: whole,
});

/** A file and everything that is known of it. */
export const Papers = v.object({
  asset: Asset,
  reports: v.array(Report),
  generation: v.nullable(Generation),
  steps: v.array(Step),
  parent: v.nullable(Relative),
  children: v.array(Relative),
  post: v.nullable(PostOfAsset),
  packs: v.array(PackOfAsset),
  near_duplicates: v.array(NearDuplicate),
});
export type Papers = v.InferOutput<typeof Papers>;

/** What became of one file; a refused one says why, in a code and a sentence. */
const Publication = v.object({
  asset_id: whole,
  outcome: v.picklist(["already", "published", "refused"]),
  post_id: v.optional(v.nullable(whole), null),
  code: v.optional(v.nullable(v.string()), null),
  message: v.optional(v.nullable(v.string()), null),
});

/** What some of the chosen files tell, by what looking at them has found: to be stripped, kept, or looked at. */
const Telling = v.object({
  code: v.picklist(["tells_author", "tells_place", "tells_prompt"]),
  message: v.string(),
  asset_ids: v.array(whole),
});

/** What became of each file, in the order in which they were named. */
export const Published = v.object({
  items: v.array(Publication),
  published_count: whole,
  left_out: v.array(Telling),
  kept: v.array(Telling),
});
export type Published = v.InferOutput<typeof Published>;

/** What some of the files tell, each kind once. */
export const Tellings = v.object({
  items: v.array(Telling),
});
export type Tellings = v.InferOutput<typeof Tellings>;

/** The body of POST /api/pmd/assets/edit. */
export type AssetEditRequest = { asset_ids: readonly (number)[]; set?: { theme?: string | null; source?: string | null; provenance?: "ai_generated" | "enhanced" | "unknown" | "user_provided"; license_id?: number | null; attribution?: string | null; name?: string; note?: string | null; rating?: number; label?: number | null; }; add_hashtags?: readonly (string)[]; remove_hashtags?: readonly (string)[]; };

export type AssetType = Asset["type"];
export type Provenance = Asset["provenance"];
export type State = Asset["state"];
export type AssetEdit = Omit<AssetEditRequest, "asset_ids">;
