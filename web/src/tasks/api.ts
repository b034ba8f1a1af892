/** The calls of tasks (LIBRARY section 4). */
import { useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import { call } from "../api/client";
import { queryClient } from "../api/queries";
import type { Values } from "./form";
import { Job, JobPage, type JobKind, KindList, Started } from "./schema";

const ROOT = "/api/pmd/jobs";
const JOBS = ["jobs"] as const;

export async function startJobs(kind: JobKind, assetIds: readonly number[], params: Values, key: string) {
  const options = { body: { kind, asset_ids: assetIds, params }, headers: { "Idempotency-Key": key } };
  return v.parse(Started, await call("POST", ROOT, options));
}

export async function cancelJob(id: number): Promise<Job> {
  return v.parse(Job, await call("POST", `${ROOT}/${id}/cancel`));
}

export async function retryJob(id: number): Promise<Job> {
  return v.parse(Job, await call("POST", `${ROOT}/${id}/retry`));
}

export async function cancelGroup(id: string): Promise<void> {
  await call("POST", `${ROOT}/cancel`, { body: { group_id: id } });
}

/** All tasks of a group: its card may have been cut off by the list's end. */
export async function listGroup(id: string, signal?: AbortSignal): Promise<Job[]> {
  const answer = await call("GET", ROOT, { query: { group: id, limit: "128" }, ...(signal && { signal }) });
  return v.parse(JobPage, answer).items;
}

export function useJobList(pollMs: number | false) {
  return useQuery({
    queryKey: JOBS,
    queryFn: async ({ signal }) => v.parse(JobPage, await call("GET", ROOT, { query: { limit: "128" }, signal })).items,
    refetchInterval: pollMs,
  });
}

export function refreshJobs(): void {
  void queryClient.invalidateQueries({ queryKey: JOBS });
}

/** What can be done here, with estimates for one file where one is named. */
export function useKinds(assetId: number | null) {
  return useQuery({
    queryKey: ["job kinds", assetId],
    queryFn: async ({ signal }) => {
      const query: Record<string, string> = assetId === null ? {} : { asset_id: String(assetId) };
      return v.parse(KindList, await call("GET", `${ROOT}/kinds`, { query, signal })).items;
    },
  });
}
