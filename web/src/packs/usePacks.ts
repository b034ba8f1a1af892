import { useMemo } from "react";

import { useConnection, useLiveItems } from "../live/live";
import { usePackList } from "./api";
import { Pack } from "./schema";

const POLL_MS = 10_000;

/** The packs, newest first, live. */
export function usePacks() {
  const connection = useConnection();
  const { data, error, refetch } = usePackList(connection === "live" ? false : POLL_MS);
  const listed = useMemo(() => data?.map((item) => ({ id: String(item.id), item })) ?? null, [data]);
  const { items } = useLiveItems("pack", Pack, listed);
  const packs = useMemo(() => {
    if (!items) return null;
    const all = new Map([...(listed ?? []).map(({ id, item }) => [id, item] as const), ...items]);
    return [...all.values()].sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at) || b.id - a.id);
  }, [items, listed]);
  return { packs, error: packs ? null : error, retry: () => void refetch() };
}

export function isExporting(pack: Pack): boolean {
  return pack.export?.status === "pending" || pack.export?.status === "running";
}
