// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** A change of the posts that a filter found when it was requested. */
export const BulkChange = v.object({
  id: whole,
  action: v.string() as v.GenericSchema<unknown, "delete" | "details" | "hashtags" | "hide" | "license" | "restore" | "undo" | "unhide">,
  request: v.record(v.string(), v.unknown()),
  undo_of_id: v.nullable(whole),
  undone_by_id: v.nullable(whole),
  status: v.string() as v.GenericSchema<unknown, "cancelled" | "completed" | "failed" | "pending" | "running">,
  progress: v.number(),
  found_count: whole,
  done_count: whole,
  changed_count: whole,
  skipped_count: whole,
  error_message: v.nullable(v.string()),
  created_at: time,
  started_at: v.nullable(time),
  completed_at: v.nullable(time),
});
export type BulkChange = v.InferOutput<typeof BulkChange>;

/** One page, newest first; `next_cursor` is null on the last one. */
export const BulkPage = v.object({
  items: v.array(BulkChange),
  next_cursor: v.nullable(v.string()),
});
export type BulkPage = v.InferOutput<typeof BulkPage>;

/** A post that was left as it is. */
const SkippedPost = v.object({
  post_id: whole,
  reason: v.string() as v.GenericSchema<unknown, "changed_since" | "deleted" | "license_removed" | "posted_again" | "too_many_hashtags">,
});

/** The posts of a change that were left as they are, a page at a time. */
export const BulkReport = v.object({
  items: v.array(SkippedPost),
  next_cursor: v.nullable(v.string()),
});
export type BulkReport = v.InferOutput<typeof BulkReport>;

/** The number of posts that match a filter. */
export const PostCount = v.object({
  total_count: whole,
});
export type PostCount = v.InferOutput<typeof PostCount>;

/** The body of POST /api/pmd/bulk-changes. */
export type BulkRequest = Schema<"BulkRequest">;

export type BulkAction = BulkRequest["action"];
export type BulkFilter = BulkRequest["filter"];
