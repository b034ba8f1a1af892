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
