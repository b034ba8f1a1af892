/**
 * What the service says, checked where it enters the page. The types are the service's own, generated from
 * /api/openapi.json (`make types`); a schema here that does not fit its type does not compile.
 */
import * as v from "valibot";

import type { components } from "./openapi";

export type Schemas = components["schemas"];
type SchemaOf<Name extends keyof Schemas> = v.GenericSchema<unknown, Schemas[Name]>;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.isoTimestamp());

export const Post = v.object({
  id: v.pipe(v.number(), v.integer()),
  public_sqid: v.string(),
  title: v.nullable(v.string()),
  description: v.nullable(v.string()),
  created_at: time,
  width: v.nullable(v.number()),
  height: v.nullable(v.number()),
  frame_count: v.nullable(v.number()),
  file_format: v.nullable(v.string()),
  file_bytes: v.nullable(v.number()),
  art_url: v.nullable(v.string()),
  hashtags: v.array(v.string()),
  hidden_by_user: v.boolean(),
  hidden_by_mod: v.boolean(),
  license_identifier: v.nullable(v.string()),
  reaction_count: count,
  comment_count: count,
  view_count: count,
  files: v.array(v.object({ format: v.string(), file_bytes: v.nullable(v.number()), is_native: v.boolean() })),
  /** Only of posts in the trash; `gone_at` where the site removes them for good one day. */
  deleted_at: v.exactOptional(time),
  gone_at: v.exactOptional(time),
}) satisfies SchemaOf<"Post">;
export type Post = v.InferOutput<typeof Post>;

export const PostPage = v.object({
  items: v.array(Post),
  next_cursor: v.nullable(v.string()),
  total_count: count,
}) satisfies SchemaOf<"PostPage">;
export type PostPage = v.InferOutput<typeof PostPage>;

export const Changed = v.object({
  success: v.literal(true),
  affected_count: count,
  still_hidden_count: count,
  message: v.string(),
}) satisfies SchemaOf<"Changed">;

export type ActionRequest = Schemas["ActionRequest"];
export type LicenseRequest = Schemas["LicenseRequest"];
export type BdrRequest = Schemas["BdrRequest"];

export const License = v.object({
  id: v.number(),
  identifier: v.string(),
  title: v.string(),
  url: v.nullable(v.string()),
}) satisfies SchemaOf<"License">;
export type License = Schemas["License"];
export const LicenseList = v.object({ items: v.array(License) }) satisfies SchemaOf<"LicenseList">;
export type LicenseList = Schemas["LicenseList"];

export const BdrStatus = v.picklist(["pending", "processing", "ready", "failed", "expired"]);
export type BdrStatus = Bdr["status"];

export const Bdr = v.object({
  id: v.string(),
  /** What the artist calls it; parts of a takeout say which part they are. */
  name: v.nullable(v.string()),
  takeout_id: v.nullable(v.string()),
  part: v.nullable(count),
  status: BdrStatus,
  artwork_count: count,
  processed_count: count,
  missing_count: count,
  file_size_bytes: v.nullable(v.number()),
  include_comments: v.boolean(),
  include_reactions: v.boolean(),
  created_at: time,
  started_at: v.nullable(time),
  completed_at: v.nullable(time),
  expires_at: v.nullable(time),
  error_message: v.nullable(v.string()),
  download_url: v.nullable(v.string()),
}) satisfies SchemaOf<"Bdr">;
export type Bdr = Schemas["Bdr"];

export const BdrList = v.object({
  items: v.array(Bdr),
  daily_limit: count,
  used_today: count,
  resets_at: time,
}) satisfies SchemaOf<"BdrList">;
export type BdrList = Schemas["BdrList"];

export const BdrAccepted = v.object({
  id: v.string(),
  status: BdrStatus,
  artwork_count: count,
  created_at: time,
  message: v.string(),
}) satisfies SchemaOf<"BdrAccepted">;
export type BdrAccepted = Schemas["BdrAccepted"];

export const Missing = v.object({
  sqid: v.string(),
  title: v.nullable(v.string()),
  reason: v.string(),
}) satisfies SchemaOf<"Missing">;
export type Missing = Schemas["Missing"];
export const MissingList = v.object({ items: v.array(Missing) }) satisfies SchemaOf<"MissingList">;
export type MissingList = Schemas["MissingList"];

export const UserList = v.object({
  items: v.array(v.object({ public_sqid: v.string(), handle: v.string(), artwork_count: count })),
}) satisfies SchemaOf<"UserList">;

export const AuditPage = v.object({
  items: v.array(
    v.object({
      id: v.number(),
      action: v.string() as v.GenericSchema<unknown, Schemas["AuditEntry"]["action"]>,
      target_sqid: v.string(),
      target_handle: v.nullable(v.string()),
      post_ids: v.array(v.number()),
      asset_ids: v.array(v.number()),
      pack_id: v.nullable(v.number()),
      reason: v.nullable(v.string()),
      created_at: time,
    }),
  ),
  next_cursor: v.nullable(v.string()),
}) satisfies SchemaOf<"AuditPage">;
export type AuditPage = Schemas["AuditPage"];

/** Everything at once, in parts that are requests of their own (section 5 of the contract). */
export const Takeout = v.object({
  id: v.string(),
  status: v.picklist(["processing", "ready", "partial", "failed", "cancelled"]),
  artwork_count: count,
  part_count: count,
  ready_parts: count,
  failed_parts: count,
  missing_count: count,
  file_size_bytes: count,
  include_comments: v.boolean(),
  include_reactions: v.boolean(),
  created_at: time,
  completed_at: v.nullable(time),
  expires_at: v.nullable(time),
}) satisfies SchemaOf<"Takeout">;
export type Takeout = v.InferOutput<typeof Takeout>;
export const TakeoutList = v.object({
  items: v.array(Takeout),
  next_possible_at: v.nullable(time),
}) satisfies SchemaOf<"TakeoutList">;
export type TakeoutList = v.InferOutput<typeof TakeoutList>;

/** The files that a download's posts were made of; `left_out` are posts that none can be packed for. */
export const Packable = v.object({
  asset_ids: v.array(v.number()),
  left_out: v.array(
    v.object({ post_id: v.number(), title: v.nullable(v.string()), reason: v.picklist(["no_file", "in_trash"]) }),
  ),
}) satisfies SchemaOf<"Packable">;
export type Packable = Schemas["Packable"];

export const PostIds = v.object({ post_ids: v.array(v.number()) });

export const Me = v.object({ user: v.object({ public_sqid: v.string(), handle: v.string() }) });

export const Problem = v.object({ title: v.string(), status: v.number(), detail: v.string() });

const PageLimits = v.object({
  upload_max_files: count,
  trash_ttl_days: count,
  can_publish: v.boolean(),
  post_formats: v.array(v.string()),
  post_max_bytes: count,
  post_max_canvas: count,
});
const PageUser = v.object({ sqid: v.string(), handle: v.string() });
export const PageConfig = v.object({
  site_name: v.string(),
  /** Where posts have pages of their own; null where no site shows them. */
  site_url: v.nullable(v.string()),
  sign_in_url: v.string(),
  post_keep_days: v.nullable(count),
  max_posts: count,
  is_moderator: v.boolean(),
  limits: PageLimits,
  viewer: PageUser,
  subject: PageUser,
});
export type PageConfig = v.InferOutput<typeof PageConfig>;
