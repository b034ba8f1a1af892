// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** A cover of one picture of the pack. */
export const Cover = v.object({
  asset_id: whole,
  zoom: v.optional(v.nullable(whole), null),
  x: v.optional(v.number(), 0.5),
  y: v.optional(v.number(), 0.5),
  mat: v.optional(v.string() as v.GenericSchema<unknown, "auto" | "dark" | "light" | "middle">, "auto"),
});
export type Cover = v.InferOutput<typeof Cover>;

/** A picture that the cover shows. */
export const CoverPicture = v.object({
  id: whole,
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
  file_format: v.string(),
  has_preview: v.boolean(),
  width: v.nullable(whole),
  height: v.nullable(whole),
});
export type CoverPicture = v.InferOutput<typeof CoverPicture>;

/** The pack's last export task; `progress` is in per cent. */
const PackExport = v.object({
  id: whole,
  status: v.string() as v.GenericSchema<unknown, "cancelled" | "completed" | "failed" | "pending" | "running">,
  progress: v.number(),
  step: v.nullable(v.string()),
  error_message: v.nullable(v.string()),
  created_at: time,
});

/** A pack. `edition` is the newest one, 0 if none has been built; `license_text` is its LICENSE.txt. */
export const Pack = v.object({
  id: whole,
  name: v.string(),
  slug: v.string(),
  theme: v.nullable(v.string()),
  description: v.nullable(v.string()),
  license_type: v.string() as v.GenericSchema<unknown, "attribution" | "commercial" | "custom" | "editorial" | "personal" | "royalty_free">,
  license_id: v.nullable(whole),
  license_identifier: v.nullable(v.string()),
  license_text: v.nullable(v.string()),
  custom_license: v.nullable(v.string()),
  marks: v.string() as v.GenericSchema<unknown, "keep" | "strip">,
  layout: v.string() as v.GenericSchema<unknown, "flat" | "folders">,
  cover: v.nullable(Cover),
  pictures: v.array(CoverPicture),
  asset_count: whole,
  total_size_bytes: whole,
  edition: whole,
  exported_at: v.nullable(time),
  export_size_bytes: v.nullable(whole),
  export_sha256: v.nullable(v.string()),
  download_url: v.nullable(v.string()),
  export_path: v.nullable(v.string()),
  is_changed: v.boolean(),
  added_count: whole,
  removed_count: whole,
  seen_by: v.string() as v.GenericSchema<unknown, "everyone" | "link" | "owner">,
  download_count: whole,
  visitor_download_count: whole,
  created_at: time,
  updated_at: time,
  export: v.nullable(PackExport),
});
export type Pack = v.InferOutput<typeof Pack>;

/** One page, newest first; `next_cursor` is null on the last one. */
export const PackPage = v.object({
  items: v.array(Pack),
  next_cursor: v.nullable(v.string()),
  total_count: whole,
});
export type PackPage = v.InferOutput<typeof PackPage>;

/** A file of a pack, in the pack's order. */
export const PackedAsset = v.object({
  asset_id: whole,
  name: v.string(),
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
  file_format: v.string(),
  has_preview: v.boolean(),
  width: v.nullable(whole),
  height: v.nullable(whole),
  frame_count: v.nullable(whole),
  size_bytes: whole,
  is_new: v.boolean(),
  license_identifier: v.nullable(v.string()),
  attribution: v.nullable(v.string()),
  provenance: v.string(),
  notes: v.nullable(v.string()),
  path: v.nullable(v.string()),
  rel_path: v.string(),
});
export type PackedAsset = v.InferOutput<typeof PackedAsset>;

/** One built archive. */
export const Edition = v.object({
  edition: whole,
  size_bytes: whole,
  sha256: v.nullable(v.string()),
  asset_count: whole,
  version: v.nullable(v.string()),
  changes: v.nullable(v.string()),
  built_at: time,
  download_url: v.string(),
});
export type Edition = v.InferOutput<typeof Edition>;

/** A pack with its files and its editions, newest first. `pack` repeats the pack's own fields. */
export const PackDetails = v.object({
  ...Pack.entries,
  pack: Pack,
  assets: v.array(PackedAsset),
  editions: v.array(Edition),
});
export type PackDetails = v.InferOutput<typeof PackDetails>;

/** Why a pack cannot be built; without a file if it concerns the whole pack. */
export const Conflict = v.object({
  code: v.string() as v.GenericSchema<unknown, "asks_credit" | "attribution_missing" | "cannot_strip" | "empty" | "in_trash" | "license_missing" | "license_unknown" | "no_changes" | "no_money" | "not_approved" | "provenance_unknown" | "share_alike" | "too_large" | "was_changed">,
  message: v.string(),
  asset_id: v.optional(v.nullable(whole), null),
  file: v.optional(v.nullable(v.string()), null),
});
export type Conflict = v.InferOutput<typeof Conflict>;

/** Personal metadata of one kind, and the chosen files that contain it according to their reports. */
const Disclosure = v.object({
  code: v.string() as v.GenericSchema<unknown, "tells_author" | "tells_place" | "tells_prompt">,
  message: v.string(),
  asset_ids: v.array(whole),
});

/** A file that is not where another one names it. */
const MissingReference = v.object({
  path: v.string(),
  message: v.string(),
  asset_id: v.optional(v.nullable(whole), null),
});

/** What one file names. */
const FileReferences = v.object({
  asset_id: whole,
  file: v.string(),
  count: whole,
  missing: v.array(MissingReference),
  message: v.string(),
});

/** The next edition: its conflicts, and its documents. */
export const PackCheck = v.object({
  ok: v.boolean(),
  conflicts: v.array(Conflict),
  disclosures: v.array(Disclosure),
  references: v.array(FileReferences),
  edition: whole,
  asset_count: whole,
  total_size_bytes: whole,
  readme: v.nullable(v.string()),
  license_text: v.nullable(v.string()),
});
export type PackCheck = v.InferOutput<typeof PackCheck>;

/** The body of PATCH /api/pmd/packs/{pack_id}; omitted fields stay unchanged, and null removes a value. */
export type PackChanges = Schema<"PackChanges">;

/** A file of a pack. */
export type ChosenAsset = Schema<"ChosenAsset">;

/** The body of POST …/export: the edition's version (Semantic Versioning 2.0.0), and its release notes. */
export type ExportRequest = Schema<"ExportRequest">;

export type LicenseType = Pack["license_type"];

export const licenseKinds: Readonly<Record<LicenseType, { readonly title: string; readonly terms: Readonly<Record<string, string>>; readonly fitting: readonly (string | null)[] }>> = {
  "royalty_free": {
    "title": "Free for anything",
    "terms": {
      "May": "Use it for anything, including commercially, changed or unchanged.",
      "Must": "Nothing. No credit needed.",
      "Must not": "Claim they made it."
    },
    "fitting": [
      null,
      "CC0-1.0"
    ]
  },
  "attribution": {
    "title": "Free with credit",
    "terms": {
      "May": "Use it for anything, including commercially, changed or unchanged.",
      "Must": "Credit you, and say what they changed.",
      "Must not": "Remove the credit, or add their own terms."
    },
    "fitting": [
      "CC-BY-4.0",
      "CC-BY-SA-4.0"
    ]
  },
  "commercial": {
    "title": "Sell what you make with it",
    "terms": {
      "May": "Use it in games, films and prints they sell.",
      "Must": "Credit the files that require it.",
      "Must not": "Resell or share the files themselves."
    },
    "fitting": [
      null
    ]
  },
  "personal": {
    "title": "Non-commercial",
    "terms": {
      "May": "Use it personally, at school, in free projects.",
      "Must": "Credit you.",
      "Must not": "Make money with it."
    },
    "fitting": [
      null,
      "CC-BY-NC-4.0",
      "CC-BY-NC-SA-4.0",
      "CC-BY-NC-ND-4.0"
    ]
  },
  "editorial": {
    "title": "News and teaching",
    "terms": {
      "May": "Use it in news, commentary and lessons, including paid ones.",
      "Must": "Credit you.",
      "Must not": "Use it in ads or on merchandise, or alter what it shows."
    },
    "fitting": [
      null
    ]
  },
  "custom": {
    "title": "Custom",
    "terms": {
      "May": "See your text below.",
      "Must": "See your text below.",
      "Must not": "Anything else. Files whose licence has its own terms cannot be included."
    },
    "fitting": [
      null
    ]
  }
};
