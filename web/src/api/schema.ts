/** The shapes of section 5 of the contract, checked where they enter the page. */
import * as v from "valibot";

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
});
export type Post = v.InferOutput<typeof Post>;

export const PostPage = v.object({
  items: v.array(Post),
  next_cursor: v.nullable(v.string()),
  total_count: count,
});
export type PostPage = v.InferOutput<typeof PostPage>;

export const ActionResult = v.object({ success: v.boolean(), affected_count: count, message: v.string() });

export const License = v.object({ id: v.number(), identifier: v.string(), title: v.string() });
export type License = v.InferOutput<typeof License>;
export const LicenseList = v.object({ items: v.array(License) });

export const BdrStatus = v.picklist(["pending", "processing", "ready", "failed", "expired"]);
export type BdrStatus = v.InferOutput<typeof BdrStatus>;

export const Bdr = v.object({
  id: v.string(),
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
});
export type Bdr = v.InferOutput<typeof Bdr>;

export const BdrList = v.object({
  items: v.array(Bdr),
  daily_limit: count,
  used_today: count,
  resets_at: time,
});
export type BdrList = v.InferOutput<typeof BdrList>;

export const BdrAccepted = v.object({
  id: v.string(),
  status: BdrStatus,
  artwork_count: count,
  created_at: time,
  message: v.string(),
});

export const BdrRemoved = v.object({ id: v.string() });

export const Missing = v.object({ sqid: v.string(), title: v.nullable(v.string()), reason: v.string() });
export type Missing = v.InferOutput<typeof Missing>;
export const MissingList = v.object({ items: v.array(Missing) });

export const Problem = v.object({ title: v.string(), status: v.number(), detail: v.string() });

const PageUser = v.object({ sqid: v.string(), handle: v.string() });
export const PageConfig = v.object({
  site_name: v.string(),
  site_url: v.string(),
  max_posts: count,
  viewer: PageUser,
  subject: PageUser,
});
export type PageConfig = v.InferOutput<typeof PageConfig>;
