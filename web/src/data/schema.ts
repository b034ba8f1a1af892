// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** One of the files of an artwork; the native one is as it was posted. */
const PostFile = v.object({
  format: v.string(),
  file_bytes: v.nullable(whole),
  is_native: v.boolean(),
});

/** The series of a post: its place there, counted from 1, and the posts before and after it. */
const PostSeries = v.object({
  id: whole,
  name: v.string(),
  position: whole,
  post_count: whole,
  previous_post_id: v.nullable(whole),
  next_post_id: v.nullable(whole),
});

/** One artwork in the table of posts; counts are of what visitors can see. */
export const Post = v.object({
  id: whole,
  public_sqid: v.string(),
  title: v.nullable(v.string()),
  description: v.nullable(v.string()),
  created_at: time,
  width: v.nullable(whole),
  height: v.nullable(whole),
  frame_count: v.nullable(whole),
  file_format: v.nullable(v.string()),
  file_bytes: v.nullable(whole),
  art_url: v.nullable(v.string()),
  hashtags: v.array(v.string()),
  hidden_by_user: v.boolean(),
  hidden_by_mod: v.boolean(),
  license_identifier: v.nullable(v.string()),
  reaction_count: whole,
  comment_count: whole,
  view_count: whole,
  alt_text: v.nullable(v.string()),
  content_warnings: v.array(v.string()),
  ai_disclosure: v.nullable(v.string() as v.GenericSchema<unknown, "assisted" | "generated" | "none">),
  ai_opt_out: v.nullable(v.boolean()),
  series_id: v.nullable(whole),
  files: v.array(PostFile),
  deleted_at: v.exactOptional(time),
  gone_at: v.exactOptional(time),
  series: v.exactOptional(PostSeries),
});
export type Post = v.InferOutput<typeof Post>;

/** One page; `next_cursor` is null on the last one. */
export const PostPage = v.object({
  items: v.array(Post),
  next_cursor: v.nullable(v.string()),
  total_count: v.exactOptional(whole),
  offset: v.exactOptional(whole),
  did_you_mean: v.optional(v.nullable(v.string()), null),
});
export type PostPage = v.InferOutput<typeof PostPage>;

/** The result of an action. */
export const Changed = v.object({
  success: v.optional(v.boolean(), true),
  affected_count: whole,
  still_hidden_count: v.optional(whole, 0),
  message: v.string(),
});
export type Changed = v.InferOutput<typeof Changed>;

/** A licence that a post may have; `url` is its text's, if the identifier is a known one. */
export const License = v.object({
  id: whole,
  identifier: v.string(),
  title: v.string(),
  url: v.nullable(v.string()),
});
export type License = v.InferOutput<typeof License>;

/** Every licence of the site, by its id. */
export const LicenseList = v.object({
  items: v.array(License),
});
export type LicenseList = v.InferOutput<typeof LicenseList>;

/** One batch download request in the API and the event stream. */
export const Bdr = v.object({
  id: v.string(),
  name: v.nullable(v.string()),
  takeout_id: v.nullable(v.string()),
  status: v.string() as v.GenericSchema<unknown, "expired" | "failed" | "pending" | "processing" | "ready">,
  artwork_count: whole,
  file_count: whole,
  processed_count: whole,
  missing_count: whole,
  file_size_bytes: v.nullable(whole),
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

/** A page of requests, newest first, and the caller's allowance of the day. */
export const BdrList = v.object({
  items: v.array(Bdr),
  next_cursor: v.nullable(v.string()),
  daily_limit: whole,
  used_today: whole,
  resets_at: time,
});
export type BdrList = v.InferOutput<typeof BdrList>;

/** The response to an accepted request. */
export const BdrAccepted = v.object({
  id: v.string(),
  status: v.string() as v.GenericSchema<unknown, "expired" | "failed" | "pending" | "processing" | "ready">,
  artwork_count: whole,
  created_at: time,
  message: v.string(),
});
export type BdrAccepted = v.InferOutput<typeof BdrAccepted>;

/** An artwork that is not in the archive, and why. */
const Missing = v.object({
  public_sqid: v.string(),
  title: v.nullable(v.string()),
  reason: v.string(),
});

/** A page of the artworks that are missing from a request's archive; `next_cursor` is null on the last one. */
export const MissingList = v.object({
  items: v.array(Missing),
  next_cursor: v.nullable(v.string()),
});
export type MissingList = v.InferOutput<typeof MissingList>;

/** A user in the results of a search. */
const FoundUser = v.object({
  public_sqid: v.string(),
  handle: v.string(),
  artwork_count: whole,
});

/** The users found, by handle. */
export const UserList = v.object({
  items: v.array(FoundUser),
});
export type UserList = v.InferOutput<typeof UserList>;

/** One action of a moderator on another user's behalf; a user who has been deleted has no handle. */
const AuditEntry = v.object({
  id: whole,
  action: v.string() as v.GenericSchema<unknown, "answer_hide" | "approve_assets" | "begin_tasks" | "cancel_change_of_posts" | "cancel_download" | "cancel_import" | "cancel_takeout" | "cancel_task" | "change_posts" | "compare_assets_again" | "create_pack" | "delete" | "delete_download" | "delete_pack" | "download_pack" | "edit" | "edit_assets" | "edit_pack" | "export_pack" | "fill_pack" | "fold_assets" | "hide" | "keep_both_assets" | "license" | "publish_assets" | "purge_assets" | "read_asset" | "read_asset_file" | "read_downloads" | "read_drafts" | "read_imports" | "read_library" | "read_links" | "read_live" | "read_pack" | "read_packs" | "read_posts" | "read_uploads" | "read_watermark" | "replace_file" | "request_download" | "request_import" | "request_takeout" | "restore" | "restore_assets" | "retry_download" | "retry_task" | "retry_upload" | "set_aside_assets" | "set_watermark" | "share" | "stack_assets" | "start_import" | "stop_upload" | "trash_assets" | "unapprove_assets" | "undo_change_of_posts" | "undo_import" | "undo_upload" | "unfold_assets" | "unhide" | "unstack_assets" | "upload" | "withdraw_link">,
  target_sqid: v.string(),
  target_handle: v.nullable(v.string()),
  post_ids: v.array(whole),
  asset_ids: v.optional(v.array(whole), []),
  pack_id: v.optional(v.nullable(whole), null),
  reason: v.nullable(v.string()),
  created_at: time,
});

/** One page of the trail, newest first; `next_cursor` is null on the last one. */
export const AuditPage = v.object({
  items: v.array(AuditEntry),
  next_cursor: v.nullable(v.string()),
});
export type AuditPage = v.InferOutput<typeof AuditPage>;

/** One takeout with the state of its download; sizes in bytes. `download_url` is null once it has expired. */
export const Takeout = v.object({
  id: v.string(),
  download_id: v.nullable(v.string()),
  name: v.nullable(v.string()),
  status: v.string() as v.GenericSchema<unknown, "cancelled" | "failed" | "processing" | "ready">,
  since: v.nullable(time),
  parts: v.array(v.string() as v.GenericSchema<unknown, "account" | "drafts" | "library" | "packs" | "posts">),
  post_count: whole,
  file_count: whole,
  pack_count: whole,
  processed_count: whole,
  missing_count: whole,
  file_size_bytes: v.nullable(whole),
  created_at: time,
  completed_at: v.nullable(time),
  expires_at: v.nullable(time),
  error_message: v.nullable(v.string()),
  download_url: v.nullable(v.string()),
});
export type Takeout = v.InferOutput<typeof Takeout>;

/** A page of takeouts, newest first, and when the next one is possible. */
export const TakeoutList = v.object({
  items: v.array(Takeout),
  next_cursor: v.nullable(v.string()),
  next_possible_at: v.nullable(time),
});
export type TakeoutList = v.InferOutput<typeof TakeoutList>;

/** The parts of a takeout that would be made now; its documents come on top of these bytes. */
export const TakeoutContents = v.object({
  post_count: whole,
  post_bytes: whole,
  file_count: whole,
  file_bytes: whole,
  pack_count: whole,
  edition_count: whole,
  edition_bytes: whole,
  draft_count: whole,
  scheduled_count: whole,
  series_count: whole,
  key_count: whole,
  webhook_count: whole,
});
export type TakeoutContents = v.InferOutput<typeof TakeoutContents>;

/** Whether the account can be erased here, and when it will be; both times are null unless that is wished. */
export const Erasure = v.object({
  is_possible: v.boolean(),
  requested_at: v.optional(v.nullable(time), null),
  due_at: v.optional(v.nullable(time), null),
});
export type Erasure = v.InferOutput<typeof Erasure>;

/** A post without a file that can be packed; it has no title if it was deleted, or is another user's now. */
const LeftOut = v.object({
  post_id: whole,
  title: v.nullable(v.string()),
  reason: v.string() as v.GenericSchema<unknown, "in_trash" | "no_file">,
});

/** The files of posts, in the posts' order and without repeats, and the posts without one. */
export const Packable = v.object({
  asset_ids: v.array(whole),
  left_out: v.array(LeftOut),
});
export type Packable = v.InferOutput<typeof Packable>;

/** Limits that the page shows before a request would be refused. */
const PageLimits = v.object({
  upload_max_files: whole,
  picture_max_bytes: whole,
  library_max_bytes: whole,
  library_max_files: whole,
  trash_ttl_days: whole,
  can_publish: v.boolean(),
  post_formats: v.array(v.string()),
  post_max_bytes: whole,
  post_max_canvas: whole,
  pack_max_bytes: whole,
});

/** A user as the page names them. */
const PageUser = v.object({
  sqid: v.string(),
  handle: v.string(),
});

/** The page's configuration, in `<meta name="pmd-config">`. */
export const PageConfig = v.object({
  site_name: v.string(),
  site_url: v.nullable(v.string()),
  sign_in_url: v.string(),
  post_keep_days: v.nullable(whole),
  max_posts: whole,
  is_moderator: v.boolean(),
  is_owner: v.boolean(),
  shares: v.boolean(),
  are_uploads_probed: v.boolean(),
  limits: PageLimits,
  viewer: PageUser,
  subject: PageUser,
});
export type PageConfig = v.InferOutput<typeof PageConfig>;

/** Why a moderator hid a post, and the artist's answer; a moderator who has been deleted has no handle. */
export const Hide = v.object({
  post_id: whole,
  reason: v.string(),
  moderator_handle: v.nullable(v.string()),
  created_at: time,
  answer: v.optional(v.nullable(v.string()), null),
  answered_at: v.optional(v.nullable(time), null),
});
export type Hide = v.InferOutput<typeof Hide>;

/** One page, newest first; `next_cursor` is null on the last one. */
export const HidePage = v.object({
  items: v.array(Hide),
  next_cursor: v.nullable(v.string()),
});
export type HidePage = v.InferOutput<typeof HidePage>;

/** The posts of one month. */
const Month = v.object({
  month: v.string(),
  count: whole,
});

/** The months that have posts, the newest first. */
export const Months = v.object({
  items: v.array(Month),
  total_count: whole,
});
export type Months = v.InferOutput<typeof Months>;

/** A way to see posts; `version` counts its changes. */
export const SavedView = v.object({
  id: whole,
  version: whole,
  name: v.string(),
  query: v.string(),
  created_at: time,
  updated_at: time,
});
export type SavedView = v.InferOutput<typeof SavedView>;

/** A page of views, newest first; `next_cursor` is null on the last one. */
export const SavedViewPage = v.object({
  items: v.array(SavedView),
  next_cursor: v.nullable(v.string()),
});
export type SavedViewPage = v.InferOutput<typeof SavedViewPage>;

/** The language of e-mails and takeouts. */
export const AccountLanguage = v.object({
  language: v.nullable(v.string() as v.GenericSchema<unknown, "de" | "en">),
});
export type AccountLanguage = v.InferOutput<typeof AccountLanguage>;

/** The draft of one file; a file that is published has a post instead. */
const DraftMade = v.object({
  asset_id: whole,
  outcome: v.string() as v.GenericSchema<unknown, "already" | "made" | "published">,
  draft_id: v.optional(v.nullable(whole), null),
  post_id: v.optional(v.nullable(whole), null),
});

/** The result for each file, in the order of the request. */
export const DraftsMade = v.object({
  items: v.array(DraftMade),
  made_count: whole,
});
export type DraftsMade = v.InferOutput<typeof DraftsMade>;

/** The viewer. */
export const Me = v.object({
  public_sqid: v.string(),
  handle: v.string(),
  roles: v.array(v.string()),
});
export type Me = v.InferOutput<typeof Me>;

/** A file that a post shows or has shown. */
const PostVersion = v.object({
  number: whole,
  created_at: time,
  is_current: v.boolean(),
  sha256: v.nullable(v.string()),
  size_bytes: v.nullable(whole),
  width: v.nullable(whole),
  height: v.nullable(whole),
  frame_count: v.nullable(whole),
  file_format: v.nullable(v.string()),
  thumbnail: v.string(),
});

/** All versions of a post, the newest first; a post without a file has none. */
export const PostVersions = v.object({
  post_id: whole,
  items: v.array(PostVersion),
});
export type PostVersions = v.InferOutput<typeof PostVersions>;

/** The requested posts, in the request's order. */
export const PostIds = v.object({
  post_ids: v.array(whole),
});
export type PostIds = v.InferOutput<typeof PostIds>;

/** The body of POST /api/pmd/action; a moderator may give a reason, for the audit trail. */
export type ActionRequest = Schema<"ActionRequest">;

/** The body of POST /api/pmd/license; null removes the licence. */
export type LicenseRequest = Schema<"LicenseRequest">;

/** The body of POST /api/pmd/bdr; repeated ids count once. */
export type BdrRequest = Schema<"BdrRequest">;

/** The body of POST /api/pmd/assets/download: files, or a folder; repeated ids count once. */
export type FilesRequest = Schema<"FilesRequest">;

export type PostVersion = PostVersions["items"][number];
export type BdrStatus = Bdr["status"];
