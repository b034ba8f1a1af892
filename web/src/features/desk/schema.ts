// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** The file of a draft; its preview is at `/assets/{id}/preview`. */
const DraftFile = v.object({
  id: whole,
  name: v.string(),
  folder: v.string(),
  type: v.string() as v.GenericSchema<unknown, "audio" | "image" | "other" | "video">,
  file_format: v.string(),
  size_bytes: whole,
  width: v.nullable(whole),
  height: v.nullable(whole),
  frame_count: v.nullable(whole),
  has_preview: v.boolean(),
  is_in_trash: v.boolean(),
});

/** What is to do before a draft can be published; one that does not block is advice. */
const DraftProblem = v.object({
  code: v.string() as v.GenericSchema<unknown, "already_published" | "discloses_place" | "file_gone" | "file_in_trash" | "file_set_aside" | "license_removed" | "no_alt_text" | "no_license" | "no_title" | "not_publishable">,
  message: v.string(),
  is_blocking: v.boolean(),
});

/** The post that a draft became. */
const DraftPost = v.object({
  id: whole,
  public_sqid: v.string(),
  reaction_count: whole,
  comment_count: whole,
  view_count: whole,
});

/** A draft. `file` is null once it was purged, `post` until the draft is published. */
export const Draft = v.object({
  id: whole,
  version: whole,
  status: v.string() as v.GenericSchema<unknown, "draft" | "failed" | "published" | "scheduled">,
  file: v.nullable(DraftFile),
  title: v.nullable(v.string()),
  description: v.nullable(v.string()),
  hashtags: v.array(v.string()),
  alt_text: v.nullable(v.string()),
  content_warnings: v.array(v.string()),
  license_id: v.nullable(whole),
  license_identifier: v.nullable(v.string()),
  ai_disclosure: v.nullable(v.string() as v.GenericSchema<unknown, "assisted" | "generated" | "none">),
  ai_opt_out: v.nullable(v.boolean()),
  marks: v.nullable(v.string() as v.GenericSchema<unknown, "keep" | "strip">),
  is_hidden: v.boolean(),
  series_id: v.nullable(whole),
  series_name: v.nullable(v.string()),
  position: v.number(),
  due_at: v.nullable(time),
  is_placed_by_hand: v.boolean(),
  posted_at: v.nullable(time),
  reason: v.nullable(v.string()),
  problems: v.array(DraftProblem),
  is_ready: v.boolean(),
  published_at: v.nullable(time),
  post: v.nullable(DraftPost),
  created_at: time,
  updated_at: time,
});
export type Draft = v.InferOutput<typeof Draft>;

/** A page of drafts in the requested order; `next_cursor` is null on the last one. */
export const DraftPage = v.object({
  items: v.array(Draft),
  next_cursor: v.nullable(v.string()),
});
export type DraftPage = v.InferOutput<typeof DraftPage>;

/** Why a field of a draft cannot have this value. */
const FieldFault = v.object({
  field: v.string(),
  message: v.string(),
});

/** What became of one change, and the draft as it is now; one that is lost has been deleted, or was never there. */
const DraftChanged = v.object({
  id: whole,
  outcome: v.string() as v.GenericSchema<unknown, "changed" | "invalid" | "lost" | "published" | "same" | "stale">,
  errors: v.optional(v.array(FieldFault), []),
  draft: v.optional(v.nullable(Draft), null),
});

/** The result for each draft, in the order of the request. */
export const DraftsChanged = v.object({
  items: v.array(DraftChanged),
  changed_count: whole,
});
export type DraftsChanged = v.InferOutput<typeof DraftsChanged>;

/** What became of one draft; one that is not ready says why. */
const DraftScheduled = v.object({
  id: whole,
  outcome: v.string() as v.GenericSchema<unknown, "lost" | "no_day" | "not_ready" | "published" | "scheduled">,
  due_at: v.optional(v.nullable(time), null),
  problems: v.optional(v.array(DraftProblem), []),
});

/** The result for each draft. */
export const DraftsScheduled = v.object({
  items: v.array(DraftScheduled),
  scheduled_count: whole,
  message: v.string(),
});
export type DraftsScheduled = v.InferOutput<typeof DraftsScheduled>;

/** How many drafts are as requested; those that are lost or published are left out. */
export const DraftsMoved = v.object({
  affected_count: whole,
});
export type DraftsMoved = v.InferOutput<typeof DraftsMoved>;

/** How many drafts have a problem, and the first of them. */
const ProblemCount = v.object({
  code: v.string() as v.GenericSchema<unknown, "already_published" | "discloses_place" | "file_gone" | "file_in_trash" | "file_set_aside" | "license_removed" | "no_alt_text" | "no_license" | "no_title" | "not_publishable">,
  message: v.string(),
  is_blocking: v.boolean(),
  count: whole,
  draft_ids: v.array(whole),
  names: v.array(v.string()),
});

/** The numbers of drafts, and what is to do before they can be published. */
export const DraftCounts = v.object({
  draft_count: whole,
  ready_count: whole,
  scheduled_count: whole,
  failed_count: whole,
  published_count: whole,
  problems: v.array(ProblemCount),
  scheduled_problems: v.array(ProblemCount),
});
export type DraftCounts = v.InferOutput<typeof DraftCounts>;

/** A draft on its day; one that is only planned has the status `draft`. */
const CalendarEntry = v.object({
  draft_id: whole,
  status: v.string() as v.GenericSchema<unknown, "draft" | "failed" | "published" | "scheduled">,
  at: time,
  title: v.nullable(v.string()),
  asset_id: v.nullable(whole),
  post_id: v.nullable(whole),
  is_placed_by_hand: v.boolean(),
});

/** A day with its first entries; `free_at` are the rule's times that nothing is scheduled for. */
const CalendarDay = v.object({
  day: v.string(),
  published_count: whole,
  scheduled_count: whole,
  failed_count: whole,
  planned_count: whole,
  free_at: v.array(v.string()),
  entries: v.array(CalendarEntry),
});

/** Every day that was asked for. */
export const Calendar = v.object({
  time_zone: v.string(),
  days: v.array(CalendarDay),
});
export type Calendar = v.InferOutput<typeof Calendar>;

/** When a draft would go out. */
const Planned = v.object({
  draft_id: whole,
  at: time,
});

/** When the drafts that are ready would go out by a rule, in order. */
export const Plan = v.object({
  ready_count: whole,
  first_at: v.nullable(time),
  last_at: v.nullable(time),
  drafts: v.array(Planned),
});
export type Plan = v.InferOutput<typeof Plan>;

/** A cell that cannot be read; its draft stays as it is. */
const SheetFault = v.object({
  row: whole,
  column: v.string(),
  message: v.string(),
});

/** What a sheet changes, or would change. */
export const SheetReport = v.object({
  is_applied: v.boolean(),
  row_count: whole,
  changed_count: whole,
  same_count: whole,
  lost_rows: v.array(whole),
  errors: v.array(SheetFault),
  error_count: whole,
  ignored_columns: v.array(v.string()),
});
export type SheetReport = v.InferOutput<typeof SheetReport>;

/** The new values of a draft; null clears a value, and an omitted one stays as it is. */
export type DraftFields = Schema<"DraftFields">;

/** The body of POST /api/pmd/drafts/schedule: which drafts, and when. */
export type ScheduleRequest = Schema<"ScheduleRequest">;

