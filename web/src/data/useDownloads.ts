import { useMemo } from "react";

import { listDownloads } from "./client";
import { DOWNLOADS, refreshDownloads } from "./queries";
import { Bdr } from "./schema";
import { useLiveList } from "./live/useLiveList";

export interface Allowance {
  limit: number;
  left: number;
  resetsAt: string;
}

export type DownloadsView = ReturnType<typeof useDownloads>;

/** The downloads, live, and the daily allowance; `onChange` is called for each live change. */
export function useDownloads(onChange?: (bdr: Bdr, before: Bdr | undefined) => void) {
  const list = useLiveList({
    kind: "bdr",
    schema: Bdr,
    queryKey: DOWNLOADS,
    queryFn: ({ signal }) => listDownloads(signal),
    pollMs: 10_000,
    onChange: (bdr, before, isLive) => {
      // Failed downloads are refunded, so the allowance may have changed too.
      if (isLive && before?.status !== bdr.status) refreshDownloads();
      onChange?.(bdr, before);
    },
  });
  const { data, items, error, retry } = list;
  const allowance = useMemo((): Allowance | null => {
    if (!data) return null;
    const { daily_limit: limit, used_today: used, resets_at: resetsAt } = data;
    return { limit, left: Math.max(0, limit - used), resetsAt };
  }, [data]);
  return { items, allowance, error, retry };
}
