import { useMemo } from "react";

import { useConnection, useLiveItems } from "../live/live";
import { useJobList } from "./api";
import { groupJobs } from "./groups";
import { Job } from "./schema";

const POLL_MS = 5000;

/** The newest tasks by groups, live; `onChange` hears of each that changes before our eyes. */
export function useJobs(onChange: (job: Job, before: Job | undefined) => void = () => undefined) {
  const connection = useConnection();
  const { data, error, refetch } = useJobList(connection === "live" ? false : POLL_MS);
  const listed = useMemo(() => data?.map((item) => ({ id: String(item.id), item })) ?? null, [data]);
  const { items } = useLiveItems("job", Job, listed, onChange);
  const groups = useMemo(() => {
    if (!items) return null;
    // The stream tells of the newest; older ones stand in the list, which the stream knows better where it knows them.
    return groupJobs(new Map([...(listed ?? []).map(({ id, item }) => [id, item] as const), ...items]).values());
  }, [items, listed]);
  return { groups, error: groups ? null : error, retry: () => void refetch() };
}
