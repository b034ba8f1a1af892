// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** One file in a list; its bytes are at `/assets/{id}/file`, its previews at `/assets/{id}/preview`. */
export const Asset = v.object({
  id: whole,
  name: v.string(),
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
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
  provenance: v.string() as v.GenericSchema<unknown, "ai_generated" | "enhanced" | "unknown" | "user_provided">,
  license_id: v.nullable(whole),
  license_identifier: v.nullable(v.string()),
  attribution: v.nullable(v.string()),
  note: v.nullable(v.string()),
  hashtags: v.array(v.string()),
  alt_text: v.nullable(v.string()),
  content_warnings: v.array(v.string()),
  ai_opt_out: v.nullable(v.boolean()),
  rating: whole,
  label: v.nullable(whole),
  state: v.string() as v.GenericSchema<unknown, "approved" | "new" | "set_aside" | "trash">,
  approved: v.boolean(),
  rejected_at: v.nullable(time),
  deleted_at: v.nullable(time),
  has_preview: v.boolean(),
  parent_asset_id: v.nullable(whole),
  stack_id: v.nullable(whole),
  sequence: v.nullable(v.string()),
  frame_number: v.nullable(whole),
  post_id: v.nullable(whole),
  original_path: v.nullable(v.string()),
  folder: v.string(),
  sha256: v.string(),
  created_at: time,
  updated_at: time,
});
export type Asset = v.InferOutput<typeof Asset>;

/** The number of files with this value that match the other filters; a null value stands for files without one. */
export const Facet = v.object({
  value: v.nullable(v.string()),
  count: whole,
});
export type Facet = v.InferOutput<typeof Facet>;

/** The values that can be chosen next, the most frequent first; at most 100 themes. */
export const Facets = v.object({
  state: v.array(Facet),
  type: v.array(Facet),
  provenance: v.array(Facet),
  theme: v.array(Facet),
  rating: v.array(Facet),
  label: v.array(Facet),
});
export type Facets = v.InferOutput<typeof Facets>;

/** The number of files that match a filter, and the facets. */
export const AssetCounts = v.object({
  total_count: whole,
  facets: Facets,
});
export type AssetCounts = v.InferOutput<typeof AssetCounts>;

/** A page in the requested order; `next_cursor` is null on the last one. */
export const AssetPage = v.object({
  items: v.array(Asset),
  next_cursor: v.nullable(v.string()),
  did_you_mean: v.optional(v.nullable(v.string()), null),
});
export type AssetPage = v.InferOutput<typeof AssetPage>;

/** The result; `affected_count` files have the requested state now, including those that had it before. */
export const AssetsChanged = v.object({
  success: v.optional(v.boolean(), true),
  affected_count: whole,
  message: v.string(),
  draft_count: v.optional(whole, 0),
  scheduled_draft_count: v.optional(whole, 0),
  earlier_stacks: v.optional(v.array(v.array(whole)), []),
});
export type AssetsChanged = v.InferOutput<typeof AssetsChanged>;

/** A folder by its full path, and the number of files directly in it. */
const Folder = v.object({
  folder: v.string(),
  count: whole,
});

/** A page of folders that contain matching files; `next_cursor` is null on the last page. */
export const FolderPage = v.object({
  items: v.array(Folder),
  next_cursor: v.nullable(v.string()),
});
export type FolderPage = v.InferOutput<typeof FolderPage>;

/** One picture that was saved several times, the best first: by rating, pixels, bit depth and bytes. */
const AlikeGroup = v.object({
  items: v.array(Asset),
  equal_pixels: v.boolean(),
});

/** The groups among the examined files. `next_cursor` continues, also after a page without groups. */
export const AlikePage = v.object({
  groups: v.array(AlikeGroup),
  examined_count: whole,
  next_cursor: v.nullable(v.string()),
});
export type AlikePage = v.InferOutput<typeof AlikePage>;

/** Two files that are kept, the newer one first. `compare_again` offers them as similar again. */
const KeptPair = v.object({
  items: v.array(Asset),
});

/** A page of pairs; `next_cursor` is null on the last one. */
export const KeptPairPage = v.object({
  items: v.array(KeptPair),
  next_cursor: v.nullable(v.string()),
});
export type KeptPairPage = v.InferOutput<typeof KeptPairPage>;

/** Frames that follow one another, in their order; the first 64 of `frame_count`. */
const FrameSequence = v.object({
  frame_count: whole,
  size_bytes: whole,
  items: v.array(Asset),
});

/** A page of sequences; `next_cursor` is null on the last one. */
export const SequencePage = v.object({
  items: v.array(FrameSequence),
  next_cursor: v.nullable(v.string()),
});
export type SequencePage = v.InferOutput<typeof SequencePage>;

/** The filters of `GET /api/pmd/assets`. */
const SavedFilter = v.object({
  state: v.optional(v.nullable(v.string() as v.GenericSchema<unknown, "approved" | "new" | "set_aside" | "trash">), null),
  type: v.optional(v.nullable(v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">), null),
  theme: v.optional(v.nullable(v.string()), null),
  hashtag: v.optional(v.nullable(v.string()), null),
  provenance: v.optional(v.nullable(v.string() as v.GenericSchema<unknown, "ai_generated" | "enhanced" | "unknown" | "user_provided">), null),
  license: v.optional(v.nullable(v.string()), null),
  folder: v.optional(v.nullable(v.string()), null),
  rating: v.optional(v.nullable(whole), null),
  label: v.optional(v.nullable(whole), null),
  upload_id: v.optional(v.nullable(v.string()), null),
  q: v.optional(v.nullable(v.string()), null),
});

/** A kept search of the library. */
export const SmartFolder = v.object({
  id: whole,
  version: whole,
  name: v.string(),
  filter: SavedFilter,
  sort: v.string() as v.GenericSchema<unknown, "date" | "kind" | "name" | "path" | "rating" | "size">,
  order: v.nullable(v.string() as v.GenericSchema<unknown, "asc" | "desc">),
  file_count: v.nullable(whole),
  created_at: time,
  updated_at: time,
});
export type SmartFolder = v.InferOutput<typeof SmartFolder>;

/** A page of smart folders, newest first; `next_cursor` is null on the last one. */
export const SmartFolderPage = v.object({
  items: v.array(SmartFolder),
  next_cursor: v.nullable(v.string()),
});
export type SmartFolderPage = v.InferOutput<typeof SmartFolderPage>;

/** A hashtag of the library's files. */
export const Tag = v.object({
  name: v.string(),
  color: v.nullable(v.string() as v.GenericSchema<unknown, "blue" | "green" | "orange" | "pink" | "red" | "teal" | "violet" | "yellow">),
  file_count: whole,
});
export type Tag = v.InferOutput<typeof Tag>;

/** A page of hashtags by name; `next_cursor` is null on the last one. */
export const TagPage = v.object({
  items: v.array(Tag),
  next_cursor: v.nullable(v.string()),
});
export type TagPage = v.InferOutput<typeof TagPage>;

/** The result; repeat the call while files remain. */
export const TagsRenamed = v.object({
  affected_count: whole,
  remaining_count: whole,
  message: v.string(),
});
export type TagsRenamed = v.InferOutput<typeof TagsRenamed>;

/** Something worth knowing about an admitted file: a code for machines, a message for its owner. */
const Finding = v.object({
  code: v.string(),
  message: v.string(),
});

/** A report about one file. `facts` are what the probe measured, and their format's `version`. */
const Report = v.object({
  id: v.string(),
  upload_id: v.nullable(v.string()),
  asset_id: v.nullable(whole),
  outcome: v.string() as v.GenericSchema<unknown, "added" | "already_there" | "probed_again" | "restored">,
  file_name: v.string(),
  sha256: v.string(),
  facts: v.record(v.string(), v.unknown()),
  findings: v.array(Finding),
  created_at: time,
});

/** How a file was generated by AI, as its own metadata states it; nothing is guessed. */
const Generation = v.object({
  marks: v.optional(v.array(v.string()), []),
  prompt: v.optional(v.nullable(v.string()), null),
  negative_prompt: v.optional(v.nullable(v.string()), null),
  model: v.optional(v.nullable(v.string()), null),
  seed: v.optional(v.nullable(v.string()), null),
  settings: v.optional(v.record(v.string(), v.string()), {}),
});

/** One task and its source file; older reports do not name the engine. */
const Step = v.object({
  task: v.string(),
  params: v.record(v.string(), v.unknown()),
  asset_id: whole,
  made_at: time,
  engine: v.optional(v.nullable(v.string()), null),
  version: v.optional(v.nullable(v.string()), null),
});

/** A file from which this one was made, or one made from it. */
const Relative = v.object({
  id: whole,
  name: v.string(),
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
  file_format: v.string(),
  has_preview: v.boolean(),
});

/** The post that a file was published as. */
const PostOfAsset = v.object({
  id: whole,
  title: v.nullable(v.string()),
});

/** A pack that contains a file. */
const PackOfAsset = v.object({
  id: whole,
  name: v.string(),
  edition: whole,
});

/** The same picture saved again: `distance` of the 64 bits of its difference hash differ. */
const NearDuplicate = v.object({
  id: whole,
  name: v.string(),
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
  file_format: v.string(),
  has_preview: v.boolean(),
  distance: whole,
});

/** A file and everything that is known about it. */
export const AssetDetails = v.object({
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
export type AssetDetails = v.InferOutput<typeof AssetDetails>;

/** The result for one file; a refusal has a code and a message. */
const Publication = v.object({
  asset_id: whole,
  outcome: v.string() as v.GenericSchema<unknown, "already" | "published" | "refused">,
  post_id: v.optional(v.nullable(whole), null),
  code: v.optional(v.nullable(v.string()), null),
  message: v.optional(v.nullable(v.string()), null),
});

/** Personal metadata of one kind, and the chosen files that contain it according to their reports. */
const Disclosure = v.object({
  code: v.string() as v.GenericSchema<unknown, "tells_author" | "tells_place" | "tells_prompt">,
  message: v.string(),
  asset_ids: v.array(whole),
});

/** The result for each file, in the order of the request. */
export const Published = v.object({
  items: v.array(Publication),
  published_count: whole,
  left_out: v.array(Disclosure),
  kept: v.array(Disclosure),
});
export type Published = v.InferOutput<typeof Published>;

/** The personal metadata in some of the files, each kind once. */
export const Disclosures = v.object({
  items: v.array(Disclosure),
});
export type Disclosures = v.InferOutput<typeof Disclosures>;

/** The body of POST /api/pmd/smart-folders; its name is no other's. */
export type SmartFolderRequest = Schema<"SmartFolderRequest">;

/** New values; what is omitted stays as it is. */
export type SmartFolderEdit = Schema<"SmartFolderEdit">;

/** The body of POST /api/pmd/assets/edit. */
export type AssetEditRequest = Schema<"AssetEditRequest">;

export type AssetType = Asset["type"];
export type Provenance = Asset["provenance"];
export type State = Asset["state"];
export type TagColor = NonNullable<Tag["color"]>;
export type AssetEdit = Omit<AssetEditRequest, "asset_ids">;

export const typesInBrowsers: readonly string[] = [
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/bmp",
  "image/webp"
];
