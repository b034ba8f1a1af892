/** The API calls for uploads. */
import { useQuery } from "@tanstack/react-query";

import { allOf, apiUrl, request } from "../../data/client";
import { queryClient, refresher } from "../../data/queries";
import { useLiveList } from "../../data/live/useLiveList";
import { AssetPage } from "../../data/assets/schema";
import { MAX_PER_REQUEST } from "./check";
import {
  Announced,
  CheckAnswer,
  type CheckRequest,
  type Line,
  LinePage,
  type PageRequest,
  RecognizedLicense,
  Undone,
  Upload,
  UploadPage,
  type UploadRequest,
} from "./schema";

const ROOT = "/api/pmd/uploads";
const UPLOADS = ["uploads"] as const;

export const checkFiles = (body: CheckRequest, signal: AbortSignal) =>
  request(CheckAnswer, "POST", `${ROOT}/check`, { body, signal });

/** Recognize the licence of a LICENSE file. */
export const recognizeLicense = (text: string, signal: AbortSignal) =>
  request(RecognizedLicense, "POST", `${ROOT}/license`, { body: { text }, signal });

/** Announce files. Idempotent per key. */
export const announce = (body: UploadRequest, key: string) =>
  request(Announced, "POST", ROOT, { body, idempotencyKey: key });

/** Announce more files of an upload. Idempotent per page. */
export const announcePage = (id: string, body: PageRequest) =>
  request(Announced, "POST", `${ROOT}/${id}/files`, { body });

const newest = {
  queryKey: UPLOADS,
  queryFn: ({ signal }: { signal: AbortSignal }) => request(UploadPage, "GET", ROOT, { signal }),
};

/** As a page of this tab has asked for them. */
export const listedUploads = () => queryClient.query(newest);

/** As they are now; a request for them that is on its way is awaited. */
export const newestUploads = () => queryClient.query({ ...newest, staleTime: 0 });

export const listLines = (
  id: string,
  filter: { status?: string },
  signal?: AbortSignal,
  most?: number,
): Promise<Line[]> =>
  allOf((cursor) => {
    const query = { limit: String(MAX_PER_REQUEST), ...filter, ...(cursor && { cursor }) };
    return request(LinePage, "GET", `${ROOT}/${id}/files`, { query, signal });
  }, most);

/** A page of an upload's files, in the order of their announcement. */
export const listLinesAfter = (id: string, cursor: string | null, limit: number, signal: AbortSignal) =>
  request(LinePage, "GET", `${ROOT}/${id}/files`, {
    query: { limit: String(limit), ...(cursor !== null && { cursor }) },
    signal,
  });

/** The files that an upload still waits for. */
export const listPending = (id: string) => listLines(id, { status: "pending" });
export const stopUpload = (id: string) => request(Upload, "POST", `${ROOT}/${id}/stop`);
export const retryUpload = (id: string, fileIds?: string[]) =>
  request(Upload, "POST", `${ROOT}/${id}/retry`, { body: fileIds ? { file_ids: fileIds } : {} });
/** Resolves to the service's message about what was undone. */
export const undoUpload = async (id: string) => (await request(Undone, "POST", `${ROOT}/${id}/undo`)).message;
export const csvUrl = (upload: string) => apiUrl(`${ROOT}/${upload}/files.csv`, { status: "failed" });

export const refreshUploads = refresher(UPLOADS);

/** The CSV lists every left-out file. */
const MAX_FAILED = 2048;

/** The files that an upload has left out. `version` triggers a refetch. */
export function useFailed(id: string, version: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["upload failed", id, version],
    queryFn: ({ signal }) => listLines(id, { status: "failed" }, signal, MAX_FAILED),
    placeholderData: (before) => before,
    enabled: isWanted,
    staleTime: 0,
  });
}

/** The first pictures of an upload that ended earlier. */
export function useFirstPictures(id: string) {
  return useQuery({
    queryKey: ["upload pictures", id],
    queryFn: async ({ signal }) => {
      const query = { upload_id: id, limit: "3" };
      return (await request(AssetPage, "GET", "/api/pmd/assets", { query, signal })).items;
    },
  });
}

/** One upload that is not among the newest. */
export function useUpload(id: string, isWanted: boolean) {
  return useQuery({
    queryKey: [...UPLOADS, id],
    queryFn: ({ signal }) => request(Upload, "GET", `${ROOT}/${id}`, { signal }),
    enabled: isWanted,
    staleTime: 0,
  });
}

/** The newest uploads, live; `onChange` is called for each that changes. */
export function useUploads(onChange?: (upload: Upload, before: Upload | undefined) => void) {
  const { items, error, retry } = useLiveList({
    kind: "upload",
    schema: Upload,
    ...newest,
    pollMs: 5000,
    onChange,
  });
  return { uploads: items, error, retry };
}
