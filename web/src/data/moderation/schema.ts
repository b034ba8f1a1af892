// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** A report, for moderators; `settled_at` is null while nobody has decided. */
export const PostReport = v.object({
  id: whole,
  post_id: whole,
  post_title: v.nullable(v.string()),
  artist_sqid: v.string(),
  artist_handle: v.string(),
  reporter_handle: v.nullable(v.string()),
  reason: v.string(),
  created_at: time,
  settled_at: v.nullable(time),
  outcome: v.nullable(v.string() as v.GenericSchema<unknown, "acted" | "dismissed">),
});
export type PostReport = v.InferOutput<typeof PostReport>;

/** One page, newest first; `next_cursor` is null on the last one. */
export const PostReportPage = v.object({
  items: v.array(PostReport),
  next_cursor: v.nullable(v.string()),
});
export type PostReportPage = v.InferOutput<typeof PostReportPage>;

/** The number of reports that are settled now and were not before. */
export const PostReportsSettled = v.object({
  settled_count: whole,
});
export type PostReportsSettled = v.InferOutput<typeof PostReportsSettled>;

/** The body of POST /api/pmd/post-reports/settle. */
export type SettleRequest = Schema<"SettleRequest">;

