// Written by “make types” from /api/openapi.json.
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** A loop that was found, from `start` to `end` in seconds. */
const LoopChoice = v.object({
  start: v.number(),
  end: v.number(),
  likeness: v.nullable(v.number()),
  score: v.number(),
  beats: v.nullable(whole),
});

/** The first file that a task has made, as it is now. */
export const JobResult = v.object({
  id: whole,
  name: v.string(),
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
  file_format: v.string(),
  has_preview: v.boolean(),
  width: v.nullable(whole),
  height: v.nullable(whole),
  duration_sec: v.nullable(v.number()),
  size_bytes: whole,
  state: v.string() as v.GenericSchema<unknown, "approved" | "new" | "set_aside" | "trash">,
});
export type JobResult = v.InferOutput<typeof JobResult>;

/** A picture that the cover shows. */
const CoverPicture = v.object({
  id: whole,
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
  file_format: v.string(),
  has_preview: v.boolean(),
  width: v.nullable(whole),
  height: v.nullable(whole),
});

/** One task in the API and the event stream. `progress` is in per cent, 100 only once it is completed. */
export const Job = v.object({
  id: whole,
  kind: v.string() as v.GenericSchema<unknown, "denoise_audio" | "denoise_video" | "enhance" | "export" | "export_pack" | "loop" | "loudness" | "metadata_extract" | "pack_sprites" | "palette" | "slice" | "upscale">,
  asset_id: v.nullable(whole),
  asset_ids: v.array(whole),
  pack_id: v.nullable(whole),
  group_id: v.nullable(v.string()),
  status: v.string() as v.GenericSchema<unknown, "cancelled" | "completed" | "failed" | "pending" | "running">,
  progress: v.number(),
  step: v.nullable(v.string()),
  error_code: v.nullable(v.string()),
  error_message: v.nullable(v.string()),
  result_asset_id: v.nullable(whole),
  result_asset_ids: v.array(whole),
  result_size_bytes: v.nullable(whole),
  unchanged_reason: v.nullable(v.string()),
  loops: v.array(LoopChoice),
  created_at: time,
  started_at: v.nullable(time),
  completed_at: v.nullable(time),
  asset_name: v.nullable(v.string()),
  asset_type: v.nullable(v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">),
  asset_format: v.nullable(v.string()),
  asset_has_preview: v.nullable(v.boolean()),
  asset_width: v.nullable(whole),
  asset_height: v.nullable(whole),
  asset_size_bytes: v.nullable(whole),
  result: v.nullable(JobResult),
  pack_name: v.nullable(v.string()),
  pack_picture: v.nullable(CoverPicture),
});
export type Job = v.InferOutput<typeof Job>;

/** The counts of all tasks that were started together; `progress` is in per cent over all of them. */
export const GroupCounts = v.object({
  group_id: v.string(),
  total: whole,
  pending: whole,
  running: whole,
  completed: whole,
  failed: whole,
  cancelled: whole,
  unchanged: whole,
  results: whole,
  progress: v.number(),
  started_at: v.nullable(time),
});
export type GroupCounts = v.InferOutput<typeof GroupCounts>;

/** One page of tasks, newest first; `next_cursor` is null on the last page. */
export const JobPage = v.object({
  items: v.array(Job),
  next_cursor: v.nullable(v.string()),
  total_count: whole,
  total_is_exact: v.optional(v.boolean(), true),
  groups: v.optional(v.array(GroupCounts), []),
});
export type JobPage = v.InferOutput<typeof JobPage>;

/** A file that the task would make; `label` names it, or it would be numbered. */
const PreviewedPiece = v.object({
  width: whole,
  height: whole,
  label: v.string(),
  png: v.string(),
});

/** How many files the task would make, and the first of them; or why it would make none, or it is not known yet. */
export const JobPreview = v.object({
  count: whole,
  max_count: v.optional(whole, 512),
  pieces: v.optional(v.array(PreviewedPiece), []),
  size_bytes: v.optional(v.nullable(whole), null),
  reason: v.optional(v.nullable(v.string()), null),
});
export type JobPreview = v.InferOutput<typeof JobPreview>;

/** A kind in the API: `params` is the JSON schema of its parameters. */
export const Kind = v.object({
  kind: v.string() as v.GenericSchema<unknown, "denoise_audio" | "denoise_video" | "enhance" | "export" | "export_pack" | "loop" | "loudness" | "metadata_extract" | "pack_sprites" | "palette" | "slice" | "upscale">,
  title: v.string(),
  description: v.string(),
  types: v.array(v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">),
  is_available: v.boolean(),
  reason: v.nullable(v.string()),
  params: v.record(v.string(), v.unknown()),
  result: v.optional(v.string(), "Each result is a new file next to its original, which stays unchanged."),
  estimate_seconds: v.optional(v.nullable(v.number()), null),
});
export type Kind = v.InferOutput<typeof Kind>;

/** The kinds of tasks. */
export const KindList = v.object({
  items: v.array(Kind),
});
export type KindList = v.InferOutput<typeof KindList>;

/** The tasks that were requested together: one per file, or one for all files. */
export const Started = v.object({
  group_id: v.string(),
  items: v.array(Job),
});
export type Started = v.InferOutput<typeof Started>;

export type JobKind = Job["kind"];
export type JobStatus = Job["status"];

export const kindTitles: Readonly<Record<string, string>> = {
  "upscale": "Enlarge",
  "denoise_audio": "Clean sound",
  "denoise_video": "Clean video",
  "enhance": "Improve",
  "slice": "Cut a sheet",
  "pack_sprites": "Make a sheet",
  "palette": "Palette",
  "loop": "Loop",
  "loudness": "Level",
  "export": "Export",
  "metadata_extract": "Rescan",
  "export_pack": "Build pack"
};
