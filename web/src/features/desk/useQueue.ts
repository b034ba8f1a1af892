/** The queue: its rule, its days, and what is to do before drafts go out. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { DESK, usualRule } from "../../data/publishing/rule";
import type { Rule } from "../../data/publishing/schema";
import { seriesQuery } from "../../data/publishing/series";
import { licensesQuery, queryClient, useLicenses } from "../../data/queries";
import { useNow } from "../../platform/clock";
import { countDrafts, getCalendar, getPlan } from "./api";
import type { Names } from "./cells";
import { dayAfter, localIn, momentIn } from "./days";

export const WEEKS = 5;

/** The rule switched on; whoever has never had one is where this browser is. */
export function switchedOn(rule: Rule): Rule {
  const isFirst = !rule.is_on && rule.time_zone === "UTC";
  return { ...rule, is_on: true, time_zone: isFirst ? usualRule.time_zone : rule.time_zone };
}

const before = <T>(data: T | undefined) => data;

/** Today where the queue is, and when it began. */
export function useToday(zone: string) {
  const { day } = localIn(zone, useNow(30_000));
  return useMemo(() => ({ day, since: momentIn(zone, { day, time: "00:00" }) }), [zone, day]);
}

export function useCounts(since: string) {
  const { data } = useQuery({
    queryKey: [...DESK, "counts", since],
    queryFn: ({ signal }) => countDrafts(since, signal),
    placeholderData: before,
  });
  return data ?? null;
}

/** When drafts would go out by the rule. */
export function usePlan() {
  const { data } = useQuery({ queryKey: [...DESK, "plan"], queryFn: ({ signal }) => getPlan(signal) });
  return useMemo(() => {
    const days = new Map((data?.drafts ?? []).map(({ draft_id: id, at }) => [id, at]));
    return { days, readyCount: data?.ready_count ?? 0 };
  }, [data]);
}

export function useCalendar(from: string) {
  const to = dayAfter(from, WEEKS * 7 - 1);
  const { data } = useQuery({
    queryKey: [...DESK, "calendar", from],
    queryFn: ({ signal }) => getCalendar(from, to, signal),
    placeholderData: before,
  });
  return data ?? null;
}

/** The same once they are there: what is pasted may come before. */
export async function loadedNames(): Promise<Names> {
  const [licences, series] = await Promise.all([
    queryClient.query({ ...licensesQuery, staleTime: "static" }),
    queryClient.query({ ...seriesQuery, staleTime: "static" }),
  ]);
  return { licences: licences.items, series };
}

const none: readonly never[] = [];

export function useNames(): Names {
  const licences = useLicenses().data?.items ?? none;
  const { data } = useQuery(seriesQuery);
  const series = data ?? none;
  return useMemo(() => ({ licences, series }), [licences, series]);
}
