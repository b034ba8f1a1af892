/** The console's API calls, for site owners. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { request } from "../../data/client";
import { queryClient } from "../../data/queries";
import type { Filter } from "./filter";
import { OperatorLog, Overview, Story, WorkList, WorkOrdered, type WorkRef } from "./schema";

const ROOT = "/api/pmd/ops";
const WORK = ["work"] as const;
/** The console has no event stream: it polls while it is open. */
const EVERY_MS = 5000;

export function useOverview() {
  return useQuery({
    queryKey: [...WORK, "overview"],
    queryFn: ({ signal }) => request(Overview, "GET", ROOT, { signal }),
    refetchInterval: EVERY_MS,
  });
}

export function useWork(filter: Filter) {
  return useQuery({
    queryKey: [...WORK, "list", filter],
    queryFn: ({ signal }) => request(WorkList, "GET", `${ROOT}/work`, { query: filter, signal }),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });
}

export function useStory(ref: WorkRef | null) {
  return useQuery({
    queryKey: [...WORK, "story", ref],
    queryFn: ({ signal }) => request(Story, "GET", `${ROOT}/story`, { query: { ...ref }, signal }),
    enabled: ref !== null,
    refetchInterval: EVERY_MS,
  });
}

export function useLog() {
  return useQuery({
    queryKey: [...WORK, "log"],
    queryFn: ({ signal }) => request(OperatorLog, "GET", `${ROOT}/log`, { signal }),
    refetchInterval: EVERY_MS,
  });
}

export async function orderWork(action: "retry" | "cancel", rows: readonly WorkRef[]): Promise<number> {
  const { ordered_count: count } = await request(WorkOrdered, "POST", `${ROOT}/${action}`, { body: { rows } });
  await refreshWork();
  return count;
}

export async function pauseKind(kind: string, paused: boolean): Promise<void> {
  await request(Overview, "POST", `${ROOT}/pause`, { body: { kind, paused } });
  await refreshWork();
}

const refreshWork = () => queryClient.invalidateQueries({ queryKey: WORK });
