// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** A link, for its owner. */
export const Link = v.object({
  id: whole,
  url: v.string(),
  is_public: v.boolean(),
  has_password: v.boolean(),
  expires_at: v.nullable(time),
  withdrawn_at: v.nullable(time),
  view_count: whole,
  download_count: whole,
  wrong_password_count: whole,
  first_wrong_password_at: v.nullable(time),
  created_at: time,
});
export type Link = v.InferOutput<typeof Link>;

/** The links to a pack or download, newest first. */
export const LinkList = v.object({
  items: v.array(Link),
});
export type LinkList = v.InferOutput<typeof LinkList>;

/** The body of POST …/links. A public link may be listed by search engines, and has no password. */
export type LinkRequest = Schema<"LinkRequest">;

