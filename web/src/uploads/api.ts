/** The calls of uploads (LIBRARY section 2). */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import { apiUrl, call } from "../api/client";
import { queryClient } from "../api/queries";
import {
  Announced,
  CheckAnswer,
  type CheckRequest,
  type Line,
  LinePage,
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

export async function getUpload(id: string, signal?: AbortSignal): Promise<Upload> {
  return v.parse(Upload, await call("GET", `${ROOT}/${id}`, signal ? { signal } : {}));
}

async function listLines(id: string, query: Record<string, string>, signal?: AbortSignal): Promise<LinePage> {
  return v.parse(LinePage, await call("GET", `${ROOT}/${id}/files`, { query, ...(signal && { signal }) }));
}

/** The files that an upload still waits for. */
export async function listPending(id: string): Promise<Line[]> {
  const lines: Line[] = [];
  let cursor: string | null = null;
  do {
    const page: LinePage = await listLines(id, { status: "pending", ...(cursor && { cursor }) });
    lines.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return lines;
}

export async function stopUpload(id: string): Promise<Upload> {
  return v.parse(Upload, await call("POST", `${ROOT}/${id}/stop`));
}

export async function retryUpload(id: string, fileIds?: string[]): Promise<Upload> {
  return v.parse(Upload, await call("POST", `${ROOT}/${id}/retry`, { body: fileIds ? { file_ids: fileIds } : {} }));
}

export async function undoUpload(id: string): Promise<Upload> {
  return v.parse(Upload, await call("POST", `${ROOT}/${id}/undo`));
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

/** The lines of an upload, page by page; `version` changes when they have to be asked for again. */
export function useLines(id: string, status: "failed" | "success" | "pending" | null, version: string) {
  return useInfiniteQuery({
    queryKey: [...LINES, id, status, version],
    queryFn: ({ pageParam, signal }) =>
      listLines(id, { ...(status && { status }), ...(pageParam && { cursor: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  });
}
