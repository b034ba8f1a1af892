/** The calls of uploads (LIBRARY section 2). */
import { useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import { apiUrl, call } from "../api/client";
import { queryClient } from "../api/queries";
import {
  Announced,
  CheckAnswer,
  type CheckRequest,
  type Line,
  LinePage,
  Undone,
  Upload,
  UploadPage,
  type UploadRequest,
} from "./schema";

const ROOT = "/api/pmd/uploads";
const UPLOADS = ["uploads"] as const;
const LINES = ["upload lines"] as const;

export async function checkFiles(body: CheckRequest, signal: AbortSignal): Promise<v.InferOutput<typeof CheckAnswer>> {
  return v.parse(CheckAnswer, await call("POST", `${ROOT}/check`, { body, signal }));
}

/** Announce files; the same key announces the same upload, however often it is sent. */
export async function announce(body: UploadRequest, key: string): Promise<Announced> {
  return v.parse(Announced, await call("POST", ROOT, { body, headers: { "Idempotency-Key": key } }));
}

export async function listUploads(signal?: AbortSignal): Promise<Upload[]> {
  return v.parse(UploadPage, await call("GET", ROOT, signal ? { signal } : {})).items;
}

async function getUpload(id: string, signal?: AbortSignal): Promise<Upload> {
  return v.parse(Upload, await call("GET", `${ROOT}/${id}`, signal ? { signal } : {}));
}

async function listAll(id: string, query: Record<string, string>, signal?: AbortSignal): Promise<Line[]> {
  const lines: Line[] = [];
  let cursor: string | null = null;
  do {
    const options = { query: { limit: "512", ...query, ...(cursor && { cursor }) }, ...(signal && { signal }) };
    const page: LinePage = v.parse(LinePage, await call("GET", `${ROOT}/${id}/files`, options));
    lines.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return lines;
}

/** The files that an upload still waits for. */
export function listPending(id: string): Promise<Line[]> {
  return listAll(id, { status: "pending" });
}

export async function stopUpload(id: string): Promise<Upload> {
  return v.parse(Upload, await call("POST", `${ROOT}/${id}/stop`));
}

export async function retryUpload(id: string, fileIds?: string[]): Promise<Upload> {
  return v.parse(Upload, await call("POST", `${ROOT}/${id}/retry`, { body: fileIds ? { file_ids: fileIds } : {} }));
}

/** Gives the sentence that says what was undone. */
export async function undoUpload(id: string): Promise<string> {
  return v.parse(Undone, await call("POST", `${ROOT}/${id}/undo`)).message;
}

export function csvUrl(upload: string): string {
  return apiUrl(`${ROOT}/${upload}/files.csv`, { status: "failed" });
}

/** The newest uploads by themselves; `pollMs` where no stream tells of changes. */
export function useUploadList(pollMs: number | false) {
  return useQuery({ queryKey: UPLOADS, queryFn: ({ signal }) => listUploads(signal), refetchInterval: pollMs });
}

export function refreshUploads(): void {
  void queryClient.invalidateQueries({ queryKey: UPLOADS });
}

/** All lines of an upload; `version` changes when they have to be asked for again. */
export function useLines(id: string, version: string) {
  return useQuery({
    queryKey: [...LINES, id, version],
    queryFn: ({ signal }) => listAll(id, {}, signal),
    placeholderData: (before) => before,
    staleTime: 0,
  });
}

/** One upload that is not among the newest. */
export function useUpload(id: string, isWanted: boolean) {
  return useQuery({
    queryKey: [...UPLOADS, id],
    queryFn: ({ signal }) => getUpload(id, signal),
    enabled: isWanted,
    staleTime: 0,
  });
}
