// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** The verdict on a file: with `asset_id` if the library has it, with a code and a message if it is refused. */
export const Checked = v.object({
  path: v.string(),
  verdict: v.string() as v.GenericSchema<unknown, "already_there" | "in_trash" | "new" | "refused">,
  asset_id: v.optional(v.nullable(whole), null),
  code: v.optional(v.nullable(v.string()), null),
  message: v.optional(v.nullable(v.string()), null),
});
export type Checked = v.InferOutput<typeof Checked>;

/** A user's storage: files, previews, the trash, packs' editions; `reserved_bytes` are announced, not received. */
const AllowanceLeft = v.object({
  limit_bytes: whole,
  used_bytes: whole,
  reserved_bytes: whole,
  left_bytes: whole,
  max_files: whole,
  file_count: whole,
  left_files: whole,
});

/** The verdicts in the order of the files. */
export const CheckAnswer = v.object({
  items: v.array(Checked),
  allowance: AllowanceLeft,
});
export type CheckAnswer = v.InferOutput<typeof CheckAnswer>;

/** Files that were announced together, as in the API and the event stream. */
export const Upload = v.object({
  id: v.string(),
  name: v.nullable(v.string()),
  status: v.string() as v.GenericSchema<unknown, "completed" | "failed" | "partial" | "processing">,
  total_files: whole,
  successful_files: whole,
  failed_files: whole,
  total_size_bytes: whole,
  received_bytes: whole,
  processing_time_ms: v.nullable(whole),
  summary_data: v.nullable(v.record(v.string(), v.unknown())),
  cancelled: v.boolean(),
  created_at: time,
  completed_at: v.nullable(time),
  expires_at: time,
  undone_at: v.nullable(time),
});
export type Upload = v.InferOutput<typeof Upload>;

/** One file of an upload. `url` is null if nothing is to be sent; `mtime` is in milliseconds since 1970. */
export const Line = v.object({
  id: v.string(),
  path: v.string(),
  file_name: v.string(),
  size_bytes: whole,
  file_type: v.nullable(v.string()),
  mtime: v.nullable(whole),
  sha256: v.nullable(v.string()),
  url: v.nullable(v.string()),
  received_bytes: whole,
  status: v.string() as v.GenericSchema<unknown, "failed" | "pending" | "processing" | "success">,
  outcome: v.nullable(v.string() as v.GenericSchema<unknown, "added" | "already_there" | "restored">),
  report_id: v.nullable(v.string()),
  asset_id: v.nullable(whole),
  asset_type: v.nullable(v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">),
  has_preview: v.nullable(v.boolean()),
  error_code: v.nullable(v.string()),
  error_message: v.nullable(v.string()),
  processing_order: whole,
});
export type Line = v.InferOutput<typeof Line>;

/** How many files were moved to the trash, and how many were kept because they have been used since. */
export const Undone = v.object({
  affected_count: whole,
  kept_count: whole,
  message: v.string(),
});
export type Undone = v.InferOutput<typeof Undone>;

/** A licence that a post may have; `url` is its text's, if the identifier is a known one. */
const License = v.object({
  id: whole,
  identifier: v.string(),
  title: v.string(),
  url: v.nullable(v.string()),
});

/** The recognized licence, if files can have it here; null if it is another one, or unclear. */
export const RecognizedLicense = v.object({
  license: v.nullable(License),
});
export type RecognizedLicense = v.InferOutput<typeof RecognizedLicense>;

/** One page of a user's uploads, newest first. */
export const UploadPage = v.object({
  items: v.array(Upload),
  next_cursor: v.nullable(v.string()),
  total_count: whole,
});
export type UploadPage = v.InferOutput<typeof UploadPage>;

/** One page of an upload's lines, in the order of their announcement. */
export const LinePage = v.object({
  items: v.array(Line),
  next_cursor: v.nullable(v.string()),
  total_count: whole,
});
export type LinePage = v.InferOutput<typeof LinePage>;

/** An upload, and the lines of the announced page; after a retry, the first 512. */
export const Announced = v.object({
  ...Upload.entries,
  files: v.array(Line),
});
export type Announced = v.InferOutput<typeof Announced>;

/** The body of POST /api/pmd/uploads/check. */
export type CheckRequest = Schema<"CheckRequest">;

/** Values for all files of an upload. */
export type Defaults = Schema<"Defaults">;

/** The body of POST /api/pmd/uploads/{upload_id}/files; `first` is the position of its first file, from 0. */
export type PageRequest = Schema<"PageRequest">;

/** The body of POST /api/pmd/uploads; for more than 512 files the first page, and the total number. */
export type UploadRequest = Schema<"UploadRequest">;

