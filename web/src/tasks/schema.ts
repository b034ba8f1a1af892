/** Tasks as the service tells them (LIBRARY section 4), checked where they enter the page. */
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const id = v.pipe(v.number(), v.integer());

export const JobKind = v.picklist([
  "upscale",
  "denoise_audio",
  "denoise_video",
  "enhance",
  "export_pack",
  "metadata_extract",
]);
export type JobKind = v.InferOutput<typeof JobKind>;

export const JobStatus = v.picklist(["pending", "running", "completed", "failed", "cancelled"]);
export type JobStatus = v.InferOutput<typeof JobStatus>;

export const Job = v.object({
  id,
  kind: JobKind,
  asset_id: v.nullable(id),
  pack_id: v.nullable(id),
  group_id: v.nullable(v.string()),
  status: JobStatus,
  progress: v.number(),
  step: v.nullable(v.string()),
  error_code: v.nullable(v.string()),
  error_message: v.nullable(v.string()),
  result_asset_id: v.nullable(id),
  result_bytes: v.nullable(v.number()),
  created_at: time,
  started_at: v.nullable(time),
  completed_at: v.nullable(time),
});
export type Job = v.InferOutput<typeof Job>;

export const JobPage = v.object({
  items: v.array(Job),
  next_cursor: v.nullable(v.string()),
  total_count: v.number(),
});

export const Kind = v.object({
  kind: JobKind,
  title: v.string(),
  description: v.string(),
  /** Of which types of files it can be asked. */
  types: v.array(v.picklist(["image", "audio", "video"])),
  is_available: v.boolean(),
  /** Why it cannot be done here, in a sentence. */
  reason: v.nullable(v.string()),
  /** JSON schema of its parameters. */
  params: v.record(v.string(), v.unknown()),
  /** For the file that was asked about. */
  estimate_seconds: v.optional(v.nullable(v.number()), null),
});
export type Kind = v.InferOutput<typeof Kind>;
export const KindList = v.object({ items: v.array(Kind) });

export const Started = v.object({ group_id: v.string(), items: v.array(Job) });
export type Started = v.InferOutput<typeof Started>;
