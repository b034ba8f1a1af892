// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** A kind of work; counts stop at 10,000, and `late` is how overdue its first row is, in seconds. */
export const KindOfWork = v.object({
  name: v.string(),
  waiting: whole,
  running: whole,
  failed: whole,
  late: v.number(),
  paused_at: v.nullable(time),
  waits_for: v.array(v.string()),
});
export type KindOfWork = v.InferOutput<typeof KindOfWork>;

/** A dependency; if it is unavailable, since when, and when a worker probes it again. */
export const Dependency = v.object({
  name: v.string(),
  state: v.string() as v.GenericSchema<unknown, "away" | "off" | "trying" | "well">,
  since: v.optional(v.nullable(time), null),
  next_try_at: v.optional(v.nullable(time), null),
  error_message: v.optional(v.nullable(v.string()), null),
  answer_ms: v.optional(v.nullable(v.number()), null),
  detail: v.optional(v.nullable(v.string()), null),
});
export type Dependency = v.InferOutput<typeof Dependency>;

/** The use of the vault's disk, in bytes; `free` is null on an object store. */
const Disk = v.object({
  files: whole,
  previews: whole,
  editions: whole,
  archives: whole,
  scratch: whole,
  reserved: whole,
  free: v.optional(v.nullable(whole), null),
});

/** The console's overview. */
export const Overview = v.object({
  kinds: v.array(KindOfWork),
  needs: v.array(Dependency),
  disk: Disk,
  notes: v.array(v.string()),
  as_of: time,
});
export type Overview = v.InferOutput<typeof Overview>;

/** A row of work; `at` is when it ended, or else was created. */
export const WorkItem = v.object({
  kind: v.string(),
  id: v.string(),
  state: v.string() as v.GenericSchema<unknown, "ended" | "failed" | "running" | "waiting">,
  title: v.string(),
  user_sqid: v.string(),
  handle: v.nullable(v.string()),
  attempt: whole,
  fault_count: whole,
  error_message: v.nullable(v.string()),
  code: v.nullable(v.string()),
  next_step: v.nullable(v.string() as v.GenericSchema<unknown, "address" | "retry" | "user">),
  created_at: time,
  at: time,
  request_id: v.nullable(v.string()),
});
export type WorkItem = v.InferOutput<typeof WorkItem>;

/** The newest matching work; `has_more` if there is older work, too. */
export const WorkList = v.object({
  items: v.array(WorkItem),
  has_more: v.boolean(),
});
export type WorkList = v.InferOutput<typeof WorkList>;

/** An event; `place`: server, queue, breaker, worker, child, mail, site. */
export const StoryEvent = v.object({
  at: time,
  place: v.string(),
  what: v.string(),
  seconds: v.optional(v.nullable(v.number()), null),
  is_fault: v.optional(v.boolean(), false),
});
export type StoryEvent = v.InferOutput<typeof StoryEvent>;

/** An operator's act; without an outcome, a worker has yet to carry it out. */
export const OperatorAct = v.object({
  id: whole,
  action: v.string() as v.GenericSchema<unknown, "cancel" | "erase_user" | "export_user" | "look" | "pause" | "resume" | "retry">,
  via: v.string() as v.GenericSchema<unknown, "command" | "console">,
  actor: v.nullable(v.string()),
  kind: v.nullable(v.string()),
  row_id: v.nullable(v.string()),
  user_sqid: v.nullable(v.string()),
  handle: v.nullable(v.string()),
  created_at: time,
  outcome: v.nullable(v.string()),
});
export type OperatorAct = v.InferOutput<typeof OperatorAct>;

/** A row of work, its events, other work of the same request, and operators' acts. */
export const Story = v.object({
  item: WorkItem,
  can_retry: v.boolean(),
  can_cancel: v.boolean(),
  events: v.array(StoryEvent),
  related: v.array(WorkItem),
  acts: v.array(OperatorAct),
});
export type Story = v.InferOutput<typeof Story>;

/** What operators did, newest first. */
export const OperatorLog = v.object({
  items: v.array(OperatorAct),
});
export type OperatorLog = v.InferOutput<typeof OperatorLog>;

/** How many rows were ordered; the log has each one's outcome. */
export const WorkOrdered = v.object({
  ordered_count: whole,
});
export type WorkOrdered = v.InferOutput<typeof WorkOrdered>;

/** A row of work by its kind and id. */
export type WorkRef = Schema<"WorkRef">;

export type State = WorkItem["state"];
