// Written by “make types” from /api/openapi.json.
import * as v from "valibot";

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

