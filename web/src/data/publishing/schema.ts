// Written by “make types” from /api/openapi.json.
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** When drafts are published, and the default of what posts and files do not declare. */
export const Rule = v.object({
  is_on: v.optional(v.boolean(), false),
  weekdays: v.optional(v.array(whole), [1,2,3,4,5]),
  times: v.optional(v.array(v.string()), ["18:00"]),
  in_turn: v.optional(v.string() as v.GenericSchema<unknown, "series" | "table">, "table"),
  time_zone: v.optional(v.string(), "UTC"),
  is_paused: v.optional(v.boolean(), false),
  ai_opt_out: v.optional(v.boolean(), false),
});
export type Rule = v.InferOutput<typeof Rule>;

/** A series; without a cover of its own, its first post is. */
export const Series = v.object({
  id: whole,
  version: whole,
  name: v.string(),
  description: v.nullable(v.string()),
  cover_post_id: v.nullable(whole),
  first_post_id: v.nullable(whole),
  post_count: whole,
  draft_count: whole,
  url: v.string(),
  created_at: time,
  updated_at: time,
});
export type Series = v.InferOutput<typeof Series>;

/** A page of series, newest first; `next_cursor` is null on the last one. */
export const SeriesPage = v.object({
  items: v.array(Series),
  next_cursor: v.nullable(v.string()),
});
export type SeriesPage = v.InferOutput<typeof SeriesPage>;

/** The posts of a series, all of them, in its order. */
export const SeriesOrder = v.object({
  version: whole,
  post_ids: v.array(whole),
});
export type SeriesOrder = v.InferOutput<typeof SeriesOrder>;

