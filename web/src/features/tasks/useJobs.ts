import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";

import { byCursor } from "../../data/queries";
import { useLiveList } from "../../data/live/useLiveList";
import { JOBS, listJobs } from "./api";
import { groupJobs } from "./groups";
import { Job } from "./schema";

/** The totals are refetched at most about once a second. */
const SETTLE_MS = 1000;

/** The newest task groups, live; `onChange` is called for each task that changes. */
export function useJobs(onChange?: (job: Job, before: Job | undefined) => void) {
  const pages = useInfiniteQuery({
    queryKey: [...JOBS, "pages"],
    queryFn: ({ pageParam, signal }) => listJobs(pageParam === null ? {} : { cursor: pageParam }, signal),
    ...byCursor,
  });
  const { data, hasNextPage, isFetchingNextPage, refetch, fetchNextPage } = pages;
  const { all, error, retry } = useLiveList({
    kind: "job",
    schema: Job,
    queryKey: [...JOBS, "newest"],
    queryFn: ({ signal }) => listJobs({}, signal),
    pollMs: 5000,
    onChange,
  });
  // The event stream reports single tasks; the groups' totals are refetched a moment later.
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void refetch();
    }, SETTLE_MS);
  }, [all, refetch]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined; // the effect may run again
    },
    [],
  );

  const groups = useMemo(() => {
    if (!all) return null;
    const known = new Map(data?.pages.flatMap((page) => page.items.map((job) => [job.id, job] as const)));
    for (const job of all.values()) {
      const result = known.get(job.id)?.result; // the stream is silent when a result is kept
      known.set(job.id, result && result.id === job.result?.id ? { ...job, result } : job);
    }
    const counted = new Map(data?.pages.flatMap((page) => page.groups.map((each) => [each.group_id, each] as const)));
    return groupJobs(known.values(), counted);
  }, [all, data]);
  const older = hasNextPage ? () => void fetchNextPage() : null;
  return { groups, error, retry, older, isFetching: isFetchingNextPage };
}
