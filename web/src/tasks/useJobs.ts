import { useMemo } from "react";

import { useLiveList } from "../live/useLiveList";
import { JOBS, listJobs } from "./api";
import { groupJobs } from "./groups";
import { Job } from "./schema";

/** The newest tasks by groups, live; `onChange` hears of each that changes before our eyes. */
export function useJobs(onChange?: (job: Job, before: Job | undefined) => void) {
  const { all, error, retry } = useLiveList({
    kind: "job",
    schema: Job,
    queryKey: JOBS,
    queryFn: ({ signal }) => listJobs({}, signal),
    pollMs: 5000,
    onChange,
  });
  const groups = useMemo(() => all && groupJobs(all.values()), [all]);
  return { groups, error, retry };
}
