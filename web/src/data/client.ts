/** The API client: the only module that calls the service. Every response is validated. */
import { t } from "@lingui/core/macro";

import { PMDClient, PMDError, type RequestOptions } from "@pmd/client";
import * as v from "valibot";

import { chunk, MAX_IDS } from "../platform/lists";
import { noteServerTime } from "../platform/clock";
import { language } from "../platform/language";
import { CHANGED } from "../ui/edits";
import { config, moderates } from "./config";
import {
  type ActionRequest,
  type BdrRequest,
  type FilesRequest,
  Changed,
  type LicenseRequest,
  Bdr,
  AuditPage,
  BdrAccepted,
  BdrList,
  Hide,
  HidePage,
  LicenseList,
  Me,
  MissingList,
  type Post,
  Packable,
  PostIds,
  PostPage,
  type Takeout,
  TakeoutContents,
  TakeoutList,
  UserList,
} from "./schema";
import { setSession } from "./session";

/** Posts per page: the first one is small, because the first render waits for it. */
const FIRST_PAGE = 64;
const PAGE_SIZE = 512;
const MAX_HIDES = 5000;

/** What a post says of itself, beside its title and description. */
export type PostDetails = Pick<Post, "alt_text" | "content_warnings" | "ai_disclosure" | "ai_opt_out">;

export interface PostEdit {
  title?: string | null;
  description?: string | null;
  details?: Partial<PostDetails>;
  addHashtags: readonly string[];
  removeHashtags: readonly string[];
}

const client = new PMDClient({
  // The service refuses (412) requests after another account has signed in; its sentences are in the page's language.
  headers: { "PMD-Viewer": config.viewer.sqid, "Accept-Language": language },
  query: moderates ? { target_sqid: config.subject.sqid } : {},
  // The page's queries and bulk changes repeat by themselves, and say so.
  retries: 0,
  sentences: {
    unreachable: t`The service could not be reached.`,
    failed: t`The server had an internal error. Please try again.`,
    refused: (status) => t`The server refused the request (${status}).`,
  },
  onResponse: (response) => noteServerTime(response.headers.get("Date")),
});

/** The URL of an API call on behalf of the page's subject; one from the service may have a query, and the subject. */
export function apiUrl(url: string, query: Record<string, string> = {}): string {
  const [path = url, own] = url.split("?");
  const parameters = new URLSearchParams(own);
  for (const [name, value] of Object.entries(query)) parameters.set(name, value);
  if (moderates) parameters.set("target_sqid", config.subject.sqid);
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

/** An API call on behalf of the page's subject. */
export async function call(method: string, path: string, options: RequestOptions = {}): Promise<unknown> {
  try {
    return await client.json(method, path, options);
  } catch (error) {
    if (error instanceof PMDError && error.status === 401) setSession("expired");
    if (error instanceof PMDError && error.status === 412 && error.code !== CHANGED) setSession("another");
    throw error;
  }
}

/** Deletes what is at this path; what is gone already, perhaps by another tab, is as it was wanted. */
export async function remove(path: string): Promise<void> {
  try {
    await call("DELETE", path);
  } catch (error) {
    if (!(error instanceof PMDError) || error.status !== 404) throw error;
  }
}

const VERSION_MISMATCH =
  t`This page and the server are different versions. ` +
  t`During an update this passes within a minute; if it does not, reload the page.`;

/** The same with a validated response. During an upgrade a server of the previous release may respond. */
export async function request<T>(
  schema: v.GenericSchema<unknown, T>,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const answer = v.safeParse(schema, await call(method, path, options));
  if (answer.success) return answer.output;
  const place = v.getDotPath(answer.issues[0]) ?? t`all of it`;
  throw new PMDError(502, `${VERSION_MISMATCH} (${place})`);
}

interface Page<T> {
  items: readonly T[];
  next_cursor: string | null;
}

/** All items of a cursor-paginated list, or pages until at least `most` items. */
export async function allOf<T>(pageAt: (cursor: string | null) => Promise<Page<T>>, most = Infinity): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page = await pageAt(cursor);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < most);
  return items;
}

export function listPosts(state: "active" | "deleted", cursor: string | null, signal: AbortSignal): Promise<PostPage> {
  const limit = cursor === null ? FIRST_PAGE : PAGE_SIZE;
  const query = { limit: String(limit), ...(state !== "active" && { state }), ...(cursor && { cursor }) };
  return request(PostPage, "GET", "/api/pmd/posts", { query, signal });
}

/** The first few search results. */
export async function findPosts(text: string, signal: AbortSignal): Promise<Post[]> {
  return (await request(PostPage, "GET", "/api/pmd/posts", { query: { q: text, limit: "5" }, signal })).items;
}

/** `reason`: a moderator's, for the audit trail and the artist. */
export async function act(action: ActionRequest["action"], postIds: number[], reason?: string): Promise<void> {
  const body = { action, post_ids: postIds, ...(reason ? { reason } : {}) };
  await request(Changed, "POST", "/api/pmd/action", { body });
}

/** `title`, `description` and alt text only for one post at a time, as is its `ETag`. */
export async function edit(change: PostEdit, postIds: number[], seen?: string): Promise<void> {
  const { title, description, details, addHashtags, removeHashtags } = change;
  const texts = {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...details,
  };
  const body = {
    post_ids: postIds,
    ...(Object.keys(texts).length > 0 ? { set: texts } : {}),
    ...(addHashtags.length > 0 ? { add_hashtags: addHashtags } : {}),
    ...(removeHashtags.length > 0 ? { remove_hashtags: removeHashtags } : {}),
  };
  await request(Changed, "POST", "/api/pmd/edit", { body, ...(seen && { headers: { "If-Match": seen } }) });
}

export async function setLicense(licenseId: number | null, postIds: number[]): Promise<void> {
  const body: LicenseRequest = { license_id: licenseId, post_ids: postIds };
  await request(Changed, "POST", "/api/pmd/license", { body });
}

export const listLicenses = (signal: AbortSignal) => request(LicenseList, "GET", "/api/pmd/license", { signal });

export type DownloadOptions = Omit<BdrRequest, "post_ids">;
const DOWNLOADS = "/api/pmd/bdr";

/** Request a download; idempotent by its key. */
export function requestDownload(postIds: number[], options: DownloadOptions, key: string): Promise<BdrAccepted> {
  const body: BdrRequest = { post_ids: postIds, ...options };
  return request(BdrAccepted, "POST", DOWNLOADS, { body, idempotencyKey: key });
}

/** The same for files of the library, or a folder with all below it. */
export const requestFiles = (body: FilesRequest, key: string): Promise<BdrAccepted> =>
  request(BdrAccepted, "POST", "/api/pmd/assets/download", { body, idempotencyKey: key });

export const listDownloads = (signal: AbortSignal) => request(BdrList, "GET", DOWNLOADS, { signal });
export const getDownload = (id: string, signal: AbortSignal) =>
  request(Bdr, "GET", `${DOWNLOADS}/${encodeURIComponent(id)}`, { signal });
export const cancelDownload = (id: string) => request(Bdr, "POST", `${DOWNLOADS}/${id}/cancel`);
export const retryDownload = (id: string) => request(Bdr, "POST", `${DOWNLOADS}/${id}/retry`);
export const removeDownload = (id: string) => remove(`${DOWNLOADS}/${id}`);
export const postsOfDownload = async (id: string) =>
  (await request(PostIds, "GET", `${DOWNLOADS}/${id}/posts`)).post_ids;
export const filesOfDownload = (id: string) => request(Packable, "GET", `${DOWNLOADS}/${id}/assets`);
/** The same for any number of posts. */
export async function filesOfPosts(postIds: readonly number[]): Promise<Packable> {
  const parts: Packable[] = [];
  for (const part of chunk(postIds, MAX_IDS)) {
    parts.push(await request(Packable, "POST", "/api/pmd/posts/assets", { body: { post_ids: part } }));
  }
  return {
    asset_ids: [...new Set(parts.flatMap((part) => part.asset_ids))],
    left_out: parts.flatMap((part) => part.left_out),
  };
}
export const listMissing = (id: string, signal: AbortSignal) =>
  request(MissingList, "GET", `${DOWNLOADS}/${id}/missing`, { signal });

export const listTakeouts = (signal: AbortSignal) => request(TakeoutList, "GET", "/api/pmd/takeout", { signal });
export const takeoutContents = (signal: AbortSignal) =>
  request(TakeoutContents, "GET", "/api/pmd/takeout/contents", { signal });
export const requestTakeout = (
  body: { name: string | null; since?: string; parts?: readonly Takeout["parts"][number][]; send_email: boolean },
  idempotencyKey: string,
) => call("POST", "/api/pmd/takeout", { body, idempotencyKey });

export const findUsers = async (text: string, signal: AbortSignal) =>
  (await request(UserList, "GET", "/api/pmd/users", { query: { q: text }, signal })).items;
export const listAudit = (cursor: string | null, signal: AbortSignal) =>
  request(AuditPage, "GET", "/api/pmd/audit", { query: { limit: "50", ...(cursor && { cursor }) }, signal });

/** Moderators' reasons for hiding posts, up to a limit. */
export const listHides = (signal: AbortSignal) =>
  allOf(
    (cursor) => request(HidePage, "GET", "/api/pmd/hides", { query: { ...(cursor && { cursor }) }, signal }),
    MAX_HIDES,
  );

export const answerHide = (postId: number, text: string) =>
  request(Hide, "POST", `/api/pmd/hides/${postId}/answer`, { body: { text } });

/** Check the session: a 401 or 412 ends it (see `call`). */
export async function probeSession(): Promise<void> {
  await request(Me, "GET", "/api/pmd/me");
  setSession("alive");
}

/** Up to this size the first frame is within the part of the file that the service reads. */
const MAX_STILL_PIXELS = 100_000;

/** The URL of an animation's first frame; null if only the whole file is available. */
export function stillSource({ id, art_url, width, height }: StillOf): string | null {
  const isSmall = (width ?? Infinity) * (height ?? Infinity) <= MAX_STILL_PIXELS;
  return isSmall && art_url?.startsWith("/vault/") ? apiUrl(artPath({ id, art_url }), { still: "1" }) : null;
}

/** Another address for another file, where files have names of their own: caches keep what an address has shown. */
function artPath({ id, art_url }: Pick<Post, "id" | "art_url">): string {
  const [, file] = /\/([0-9a-f]{12})[0-9a-f]{20}\.\w+$/.exec(art_url ?? "") ?? [];
  return `/api/pmd/posts/${id}/art${file ? `?file=${file}` : ""}`;
}

type StillOf = Pick<Post, "id" | "art_url" | "width" | "height">;

/** The URL of a post's image; null if it has none. */
export function artSource(post: Pick<Post, "id" | "art_url">): string | null {
  if (!post.art_url) return null;
  if (post.art_url.startsWith("/vault/")) return apiUrl(artPath(post));
  return /^https?:\/\//.test(post.art_url) ? post.art_url : null;
}
