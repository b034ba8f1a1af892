// Written by “make types” from /api/openapi.json.
import * as v from "valibot";

const whole = v.pipe(v.number(), v.integer());

/** A day in UTC; views and downloads are those of links and series, reactions and comments those of posts. */
export const InsightDay = v.object({
  day: v.string(),
  view_count: whole,
  download_count: whole,
  reaction_count: whole,
  comment_count: whole,
});
export type InsightDay = v.InferOutput<typeof InsightDay>;

/** Every day of the period, the first one first. */
export const InsightDays = v.object({
  items: v.array(InsightDay),
});
export type InsightDays = v.InferOutput<typeof InsightDays>;

/** A post, pack, link or series, and what was counted in the period; without a title, it is gone. */
export const InsightSubject = v.object({
  subject_id: whole,
  title: v.nullable(v.string()),
  view_count: whole,
  download_count: whole,
  reaction_count: whole,
  comment_count: whole,
  total_view_count: v.optional(v.nullable(whole), null),
});
export type InsightSubject = v.InferOutput<typeof InsightSubject>;

/** One page, those with most first; `next_cursor` is null on the last one. */
export const InsightPage = v.object({
  items: v.array(InsightSubject),
  next_cursor: v.nullable(v.string()),
});
export type InsightPage = v.InferOutput<typeof InsightPage>;

