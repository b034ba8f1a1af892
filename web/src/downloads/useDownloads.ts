import { useMemo } from "react";

import { refreshDownloads, useDownloadList } from "../api/queries";
import { Bdr } from "../api/schema";
import { useConnection, useLiveItems } from "../live/live";
import { sortedDownloads } from "./downloads";

/** How often the list is asked for while no stream can be had, behind a proxy that swallows it for instance. */
const POLL_MS = 10_000;

export interface Allowance {
  limit: number;
  left: number;
  resetsAt: string;
}

export interface DownloadsView {
  items: Bdr[] | null;
  allowance: Allowance | null;
  error: Error | null;
  retry: () => void;
}

/** The downloads, live; `onChange` hears of each that changes before our eyes. */
export function useDownloads(onChange: (bdr: Bdr, before: Bdr | undefined) => void = () => undefined): DownloadsView {
  const connection = useConnection();
  const { data, error, refetch } = useDownloadList(connection === "live" ? false : POLL_MS);
  const listed = useMemo(() => data?.items.map((item) => ({ id: item.id, item })) ?? null, [data]);
  const { items: known } = useLiveItems("bdr", Bdr, listed, (bdr, before, isLive) => {
    // A change of state is a change of the allowance too: what fails by itself is given back.
    if (isLive && before?.status !== bdr.status) refreshDownloads();
    onChange(bdr, before);
  });

  const items = useMemo(() => (known ? sortedDownloads(known) : null), [known]);
  const allowance = useMemo(
    () =>
      data && {
        limit: data.daily_limit,
        left: Math.max(0, data.daily_limit - data.used_today),
        resetsAt: data.resets_at,
      },
    [data],
  );
  return { items, allowance: allowance ?? null, error: items ? null : error, retry: () => void refetch() };
}
