/** Uploads as the service tells them (LIBRARY section 2), checked where they enter the page. */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.isoTimestamp());

export interface CheckRequest {
  files: { path: string; size: number; hash?: string }[];
}

export const Checked = v.object({
  path: v.string(),
  verdict: v.picklist(["new", "already_there", "in_trash", "refused"]),
  asset_id: v.nullable(v.number()),
  code: v.nullable(v.string()),
  message: v.nullable(v.string()),
});
export type Checked = v.InferOutput<typeof Checked>;

export const CheckAnswer = v.object({
  items: v.array(Checked),
  allowance: v.object({ limit_bytes: count, used_bytes: count, left_bytes: count }),
});

export interface Defaults {
  theme?: string;
  source?: string;
  provenance?: "unknown" | "ai_generated" | "user_provided";
  license_id?: number;
  attribution?: string;
  hashtags?: string[];
}

export interface UploadRequest {
  name: string;
  defaults: Defaults;
  files: { path: string; size: number; hash?: string; mtime?: number }[];
}

const UploadStatus = v.picklist(["processing", "completed", "partial", "failed"]);
const FileStatus = v.picklist(["pending", "processing", "success", "failed"]);
const Outcome = v.picklist(["added", "already_there", "restored"]);

const uploadFields = {
  id: v.string(),
  name: v.nullable(v.string()),
  status: UploadStatus,
  total_files: count,
  successful_files: count,
  failed_files: count,
  total_bytes: count,
  received_bytes: count,
  processing_time_ms: v.nullable(v.number()),
  summary_data: v.nullable(v.record(v.string(), v.unknown())),
  cancelled: v.boolean(),
  created_at: time,
  completed_at: v.nullable(time),
  expires_at: time,
  undone_at: v.nullable(time),
};
export const Upload = v.object(uploadFields);
export type Upload = v.InferOutput<typeof Upload>;

export const UploadPage = v.object({
  items: v.array(Upload),
  next_cursor: v.nullable(v.string()),
  total_count: count,
});

export const Line = v.object({
  id: v.string(),
  path: v.string(),
  file_name: v.string(),
  file_size: count,
  file_type: v.nullable(v.string()),
  /** Milliseconds since 1970, as announced. */
  mtime: v.nullable(v.number()),
  /** Where its bytes go; null where there is nothing to send. */
  url: v.nullable(v.string()),
  received_bytes: count,
  processing_status: FileStatus,
  outcome: v.nullable(Outcome),
  report_id: v.nullable(v.string()),
  asset_id: v.nullable(v.number()),
  error_code: v.nullable(v.string()),
  error_message: v.nullable(v.string()),
  processing_order: count,
});
export type Line = v.InferOutput<typeof Line>;

export const Announced = v.object({ ...uploadFields, files: v.array(Line) });
export type Announced = v.InferOutput<typeof Announced>;

export const Undone = v.object({ affected_count: count, kept_count: count, message: v.string() });

export const LinePage = v.object({
  items: v.array(Line),
  next_cursor: v.nullable(v.string()),
  total_count: count,
});
export type LinePage = v.InferOutput<typeof LinePage>;
