import { useEffect, useMemo, useReducer, useRef } from "react";

import { refreshDownloads, useDownloadList } from "../api/queries";
import type { Bdr } from "../api/schema";
import { type DownloadsEvent, reduceDownloads, sortedDownloads, unknownDownloads } from "./downloads";
import type { Connection } from "./stream";
import { usePMDSSE } from "./usePMDSSE";

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
  connection: Connection;
  error: Error | null;
  retry: () => void;
}

/** The downloads, live; `onFinished` hears of each that becomes ready or fails before our eyes. */
export function useDownloads(onFinished: (bdr: Bdr) => void): DownloadsView {
  const [state, dispatch] = useReducer(reduceDownloads, unknownDownloads);
  const known = useRef(state);
  useEffect(() => {
    known.current = state;
  }, [state]);

  const connection = usePMDSSE((event: DownloadsEvent) => {
    if (event.type === "update") {
      const before = known.current.items?.get(event.bdr.id);
      // A change of state is a change of the allowance too: what fails by itself is given back.
      if (before?.status !== event.bdr.status && known.current.isLive) refreshDownloads();
      const isFinished = event.bdr.status === "ready" || event.bdr.status === "failed";
      if (before && before.status !== event.bdr.status && isFinished) onFinished(event.bdr);
    }
    if (event.type === "connected") refreshDownloads();
    dispatch(event);
  });

  const { data, error, refetch } = useDownloadList(connection === "live" ? false : POLL_MS);
  useEffect(() => {
    if (data) dispatch({ type: "listed", items: data.items });
  }, [data]);

  const items = useMemo(() => (state.items ? sortedDownloads(state.items) : null), [state.items]);
  const allowance = useMemo(
    () =>
      data && {
        limit: data.daily_limit,
        left: Math.max(0, data.daily_limit - data.used_today),
        resetsAt: data.resets_at,
      },
    [data],
  );
  return { items, allowance: allowance ?? null, connection, error: items ? null : error, retry: () => void refetch() };
}
