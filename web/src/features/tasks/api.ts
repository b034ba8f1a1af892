/** The API calls for tasks. */
import { useQuery } from "@tanstack/react-query";

import { allOf, request, call } from "../../data/client";
import { refresher } from "../../data/queries";
import type { Values } from "./form";
import { Job, JobPage, JobPreview, type JobKind, type JobStatus, KindList, Started } from "./schema";

const ROOT = "/api/pmd/jobs";
export const JOBS = ["jobs"] as const;

export function startJobs(kind: JobKind, assetIds: readonly number[], params: Values, key: string): Promise<Started> {
  const options = { body: { kind, asset_ids: assetIds, params }, idempotencyKey: key };
  return request(Started, "POST", ROOT, options);
}

export const getJob = (id: number, signal: AbortSignal) => request(Job, "GET", `${ROOT}/${id}`, { signal });
export const cancelJob = (id: number) => request(Job, "POST", `${ROOT}/${id}/cancel`);
export const retryJob = (id: number) => request(Job, "POST", `${ROOT}/${id}/retry`);
export const cancelGroup = (id: string) => call("POST", `${ROOT}/cancel`, { body: { group_id: id } });

/** The newest tasks, those after a cursor, or those of a `group`. */
export const listJobs = (query: { group_id?: string; status?: string; cursor?: string }, signal?: AbortSignal) =>
  request(JobPage, "GET", ROOT, { query: { ...query, limit: "128" }, signal });

/** All tasks of a group in this state. */
export const jobsOfGroup = (group: string, status: JobStatus) =>
  allOf((cursor) => listJobs({ group_id: group, status, ...(cursor && { cursor }) }));

export const refreshJobs = refresher(JOBS);

/** What a task would make of a file: nothing is added to the library. */
export function usePreview(kind: JobKind, assetId: number | null, params: Values | null) {
  return useQuery({
    queryKey: ["job preview", kind, assetId, params],
    queryFn: ({ signal }) =>
      request(JobPreview, "POST", `${ROOT}/preview`, { body: { kind, asset_id: assetId, params }, signal }),
    enabled: assetId !== null && params !== null,
    placeholderData: (before) => before,
    retry: false,
  });
}

/** Approve results, so that they are kept. */
export const keepFiles = (ids: readonly number[]) =>
  call("POST", "/api/pmd/assets/action", { body: { action: "approve", asset_ids: ids } });

/** The available kinds of task, with estimates for one file if it is given. */
export function useKinds(assetId: number | null) {
  const query: Record<string, string> = assetId === null ? {} : { asset_id: String(assetId) };
  return useQuery({
    queryKey: ["job kinds", assetId],
    queryFn: async ({ signal }) => (await request(KindList, "GET", `${ROOT}/kinds`, { query, signal })).items,
  });
}
