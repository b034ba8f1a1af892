import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";

import { useConnection, useLiveItems } from "../../data/live/live";
import { useCatchUp } from "../../data/live/useCatchUp";
import { byCursor } from "../../data/queries";
import { JOBS, listJobs } from "./api";
import { groupJobs } from "./groups";
import { Job } from "./schema";

/** The totals are refetched at most about once a second. */
const SETTLE_MS = 1000;
/** While there is no event stream. */
const POLL_MS = 5000;

/** The newest task groups, live; `onChange` is called for each task that changes. */
export function useJobs(onChange?: (job: Job, before: Job | undefined) => void) {
  const isConnected = useConnection() === "live";
  const { data, error, hasNextPage, isFetchingNextPage, dataUpdatedAt, refetch, fetchNextPage } = useInfiniteQuery({
    queryKey: [...JOBS, "pages"],
    queryFn: ({ pageParam, signal }) => listJobs(pageParam === null ? {} : { cursor: pageParam }, signal),
    ...byCursor,
    refetchInterval: isConnected ? false : POLL_MS,
  });
  // The event stream reports single tasks; the groups' totals are refetched a moment later.
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const settle = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void refetch();
    }, SETTLE_MS);
  }, [refetch]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined; // the effect may run again
    },
    [],
  );

  const listed = useMemo(() => data?.pages.flatMap((page) => page.items.map(listedAs)) ?? null, [data]);
  const { items, gone, isLive } = useLiveItems("job", Job, listed, (job, before, isChange) => {
    if (isChange) settle();
    onChange?.(job, before);
  });
  useCatchUp(isLive, dataUpdatedAt, settle);
  useEffect(() => {
    if (gone.size > 0) settle();
  }, [gone, settle]);

  const groups = useMemo(() => {
    if (!items) return null;
    const known = new Map((listed ?? []).flatMap(({ id, item }) => (gone.has(id) ? [] : [[item.id, item] as const])));
    for (const job of items.values()) {
      const result = known.get(job.id)?.result; // the stream is silent when a result is kept
      known.set(job.id, result && result.id === job.result?.id ? { ...job, result } : job);
    }
    const counted = new Map(data?.pages.flatMap((page) => page.groups.map((each) => [each.group_id, each] as const)));
    return groupJobs(known.values(), counted);
  }, [items, gone, listed, data]);
  const older = hasNextPage ? () => void fetchNextPage() : null;
  const retry = () => void refetch();
  return { groups, error: items ? null : error, retry, older, isFetching: isFetchingNextPage };
}

const listedAs = (item: Job) => ({ id: String(item.id), item });
