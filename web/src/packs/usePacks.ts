import { useMemo } from "react";

import { useLiveList } from "../live/useLiveList";
import { listPacks, PACKS } from "./api";
import { Pack } from "./schema";

/** The packs, newest first, live. */
export function usePacks() {
  const { all, error, retry } = useLiveList({
    kind: "pack",
    schema: Pack,
    queryKey: PACKS,
    queryFn: ({ signal }) => listPacks(signal),
    pollMs: 10_000,
  });
  const packs = useMemo(() => {
    const byAge = (a: Pack, b: Pack) => Date.parse(b.created_at) - Date.parse(a.created_at) || b.id - a.id;
    return all && [...all.values()].sort(byAge);
  }, [all]);
  return { packs, error, retry };
}

export function isExporting(pack: Pack): boolean {
  return pack.export?.status === "pending" || pack.export?.status === "running";
}
