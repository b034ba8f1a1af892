/** The one place that talks to the service; every answer is checked before anything else sees it. */
import * as v from "valibot";

import { noteServerTime } from "../lib/clock";
import { config, moderates } from "./config";
import { ApiError } from "./error";
import {
  type ActionRequest,
  type BdrRequest,
  Changed,
  type LicenseRequest,
  Bdr,
  AuditPage,
  BdrAccepted,
  BdrList,
  LicenseList,
  Me,
  MissingList,
  type Post,
  Packable,
  PostIds,
  PostPage,
  Problem,
  TakeoutList,
  UserList,
} from "./schema";
import { setSession } from "./session";

const PAGE_SIZE = 512;

export interface PostEdit {
  title?: string | null;
  description?: string | null;
  addHashtags: readonly string[];
  removeHashtags: readonly string[];
}

interface Options {
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The address of a call, on behalf of whomever this page is about. */
export function apiUrl(path: string, query: Record<string, string> = {}): string {
  const parameters = new URLSearchParams(query);
  if (moderates) parameters.set("target_sqid", config.subject.sqid);
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

export async function call(method: string, path: string, options: Options = {}): Promise<unknown> {
  // The service refuses what a page would do under the name of an account that has signed in since.
  const headers: Record<string, string> = { "PMD-Viewer": config.viewer.sqid, ...options.headers };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(apiUrl(path, options.query), init);
    body = response.status === 204 ? undefined : await response.json();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The service could not be reached. Check your connection and try again.");
  }
  noteServerTime(response.headers.get("Date"));
  if (response.ok) return body;
  if (response.status === 401) setSession("expired");
  if (response.status === 412) setSession("another");
  const problem = v.safeParse(Problem, body);
  throw new ApiError(
    response.status,
    problem.success ? problem.output.detail : `The service answered with status ${response.status}.`,
  );
}

export async function listPosts(
  state: "active" | "deleted",
  cursor: string | null,
  signal: AbortSignal,
): Promise<PostPage> {
  const query: Record<string, string> = { limit: String(PAGE_SIZE) };
  if (state !== "active") query["state"] = state;
  if (cursor) query["cursor"] = cursor;
  return v.parse(PostPage, await call("GET", "/api/pmd/posts", { query, signal }));
}

/** `reason`: why a moderator does it; for their record and the artist's. */
export async function act(action: ActionRequest["action"], postIds: number[], reason?: string): Promise<void> {
  const body = { action, post_ids: postIds, ...(reason ? { reason } : {}) };
  v.parse(Changed, await call("POST", "/api/pmd/action", { body }));
}

/** `title` and `description` only for one post at a time. */
export async function edit(change: PostEdit, postIds: number[]): Promise<void> {
  const { title, description, addHashtags, removeHashtags } = change;
  const texts = { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
  const body = {
    post_ids: postIds,
    ...(Object.keys(texts).length > 0 ? { set: texts } : {}),
    ...(addHashtags.length > 0 ? { add_hashtags: addHashtags } : {}),
    ...(removeHashtags.length > 0 ? { remove_hashtags: removeHashtags } : {}),
  };
  v.parse(Changed, await call("POST", "/api/pmd/edit", { body }));
}

export async function setLicense(licenseId: number | null, postIds: number[]): Promise<void> {
  const body: LicenseRequest = { license_id: licenseId, post_ids: postIds };
  v.parse(Changed, await call("POST", "/api/pmd/license", { body }));
}

export async function listLicenses(signal: AbortSignal): Promise<LicenseList> {
  return v.parse(LicenseList, await call("GET", "/api/license", { signal }));
}

export type DownloadOptions = Omit<BdrRequest, "post_ids">;

/** Ask for a download; the same key asks for the same one, however often it is sent. */
export async function requestDownload(postIds: number[], options: DownloadOptions, key: string): Promise<BdrAccepted> {
  const body: BdrRequest = { post_ids: postIds, ...options };
  return v.parse(BdrAccepted, await call("POST", "/api/pmd/bdr", { body, headers: { "Idempotency-Key": key } }));
}

export async function listDownloads(signal: AbortSignal): Promise<BdrList> {
  return v.parse(BdrList, await call("GET", "/api/pmd/bdr", { signal }));
}

export async function getDownload(id: string, signal: AbortSignal): Promise<Bdr> {
  return v.parse(Bdr, await call("GET", `/api/pmd/bdr/${encodeURIComponent(id)}`, { signal }));
}

export async function cancelDownload(id: string): Promise<Bdr> {
  return v.parse(Bdr, await call("POST", `/api/pmd/bdr/${id}/cancel`));
}

export async function retryDownload(id: string): Promise<Bdr> {
  return v.parse(Bdr, await call("POST", `/api/pmd/bdr/${id}/retry`));
}

export async function removeDownload(id: string): Promise<void> {
  await call("DELETE", `/api/pmd/bdr/${id}`);
}

export async function postsOfDownload(id: string): Promise<number[]> {
  return v.parse(PostIds, await call("GET", `/api/pmd/bdr/${id}/posts`)).post_ids;
}

export async function filesOfDownload(id: string): Promise<Packable> {
  return v.parse(Packable, await call("GET", `/api/pmd/bdr/${id}/assets`));
}

export async function listTakeouts(signal: AbortSignal): Promise<TakeoutList> {
  return v.parse(TakeoutList, await call("GET", "/api/pmd/takeout", { signal }));
}

export async function requestTakeout(options: Omit<DownloadOptions, "name">): Promise<void> {
  await call("POST", "/api/pmd/takeout", { body: options });
}

export async function cancelTakeout(id: string): Promise<void> {
  await call("POST", `/api/pmd/takeout/${encodeURIComponent(id)}/cancel`);
}

export async function findUsers(text: string, signal: AbortSignal) {
  return v.parse(UserList, await call("GET", "/api/pmd/users", { query: { q: text }, signal })).items;
}

export async function listAudit(cursor: string | null, signal: AbortSignal): Promise<AuditPage> {
  const query: Record<string, string> = { limit: "50", ...(cursor ? { cursor } : {}) };
  return v.parse(AuditPage, await call("GET", "/api/pmd/audit", { query, signal }));
}

export async function listMissing(id: string, signal: AbortSignal): Promise<MissingList> {
  return v.parse(MissingList, await call("GET", `/api/pmd/bdr/${id}/missing`, { signal }));
}

/** Ask whether this page's viewer is still signed in: a 401 ends the session, so does a 412 (see `call`). */
export async function probeSession(): Promise<void> {
  v.parse(Me, await call("GET", "/api/auth/me"));
  setSession("alive");
}

/** Animations up to this are fetched whole at once; of larger ones the first frame, until they are pointed at. */
const SMALL_ANIMATION_BYTES = 32_000;

/** Where the browser finds the first frame of a post's animation; null where the whole is as good, or all there is. */
export function stillSource({ id, art_url, frame_count, file_bytes }: StillOf): string | null {
  const isLarge = (frame_count ?? 1) > 1 && (file_bytes ?? Infinity) > SMALL_ANIMATION_BYTES;
  return isLarge && art_url?.startsWith("/vault/") ? apiUrl(`/api/pmd/posts/${id}/art`, { still: "1" }) : null;
}

type StillOf = Pick<Post, "id" | "art_url" | "frame_count" | "file_bytes">;

/** Where the browser finds a post's image; null when it has none. */
export function artSource(post: Pick<Post, "id" | "art_url">): string | null {
  if (!post.art_url) return null;
  if (post.art_url.startsWith("/vault/")) return apiUrl(`/api/pmd/posts/${post.id}/art`);
  return /^https?:\/\//.test(post.art_url) ? post.art_url : null;
}
