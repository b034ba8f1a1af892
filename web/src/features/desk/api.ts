/** The desk's API calls. */

import { AssetCounts, AssetPage, FolderPage } from "../../data/assets/schema";
import { allOf, request } from "../../data/client";
import { DESK, PUBLISHING } from "../../data/publishing/rule";
import type { Rule } from "../../data/publishing/schema";
import { refresher } from "../../data/queries";
import {
  Calendar,
  Draft,
  DraftCounts,
  DraftPage,
  DraftsChanged,
  DraftsMoved,
  DraftsScheduled,
  Plan,
  type ScheduleRequest,
  SheetReport,
} from "./schema";
import type { Change } from "./sheet";

const DRAFTS = "/api/pmd/drafts";
const ASSETS = "/api/pmd/assets";

export const refreshDesk = refresher(DESK);

export type Status = Draft["status"];

interface Listed {
  status?: Status;
  sort: "position" | "due";
  since?: string;
}

export const listDrafts = (
  { limit, cursor, ...listed }: Listed & { limit: number; cursor: string | null },
  signal: AbortSignal,
) =>
  request(DraftPage, "GET", DRAFTS, { query: { ...listed, limit: String(limit), ...(cursor && { cursor }) }, signal });

export const saveChanges = (changes: readonly Change[]) =>
  request(DraftsChanged, "PATCH", DRAFTS, { body: { changes } });

export const countDrafts = (since: string, signal: AbortSignal) =>
  request(DraftCounts, "GET", `${DRAFTS}/counts`, { query: { since }, signal });

export const scheduleDrafts = (body: ScheduleRequest) =>
  request(DraftsScheduled, "POST", `${DRAFTS}/schedule`, { body });
const ofDrafts = (ids: readonly number[]) => ({ body: { draft_ids: ids } });
export const publishNow = (ids: readonly number[]) =>
  request(DraftsScheduled, "POST", `${DRAFTS}/publish`, ofDrafts(ids));
export const unschedule = (ids: readonly number[]) =>
  request(DraftsMoved, "POST", `${DRAFTS}/unschedule`, ofDrafts(ids));
export const deleteDrafts = (ids: readonly number[]) => request(DraftsMoved, "POST", `${DRAFTS}/delete`, ofDrafts(ids));
export const sendSheet = (csv: string, isTrial: boolean) =>
  request(SheetReport, "POST", `${DRAFTS}/csv`, { body: { csv, dry_run: isTrial } });

export const getPlan = (signal: AbortSignal) => request(Plan, "GET", `${PUBLISHING}/plan`, { signal });
export const tryRule = (rule: Rule, signal: AbortSignal) =>
  request(Plan, "POST", `${PUBLISHING}/plan`, { body: rule, signal });
export const getCalendar = (since: string, until: string, signal: AbortSignal) =>
  request(Calendar, "GET", `${PUBLISHING}/calendar`, { query: { since, until }, signal });

export const listFiles = (query: Record<string, string>, limit: number, signal?: AbortSignal) =>
  request(AssetPage, "GET", ASSETS, { query: { sort: "path", ...query, limit: String(limit) }, signal });
export const countFiles = (query: Record<string, string>, signal: AbortSignal) =>
  request(AssetCounts, "GET", `${ASSETS}/counts`, { query, signal });
export const listFolders = (signal: AbortSignal) =>
  allOf((cursor) => request(FolderPage, "GET", `${ASSETS}/folders`, { query: { ...(cursor && { cursor }) }, signal }));
