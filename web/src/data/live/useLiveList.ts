import { type QueryKey, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type * as v from "valibot";

import { type Dated, newestFirst } from "../../platform/lists";
import { useConnection, useLiveItems } from "./live";
import type { LiveKind } from "./messages";
import { useCatchUp } from "./useCatchUp";

interface Options<Page, Item> {
  kind: LiveKind;
  schema: v.GenericSchema<unknown, Item>;
  queryKey: QueryKey;
  queryFn: (context: { signal: AbortSignal }) => Promise<Page>;
  /** Polling interval while there is no event stream, for instance behind a buffering proxy. */
  pollMs: number;
  /** Called for each live change. */
  onChange?: ((item: Item, before: Item | undefined, isLive: boolean) => void) | undefined;
}

const sorted = <Item extends Dated>(items: ReadonlyMap<string, Item>) => [...items.values()].sort(newestFirst);

/** The newest items of one kind, newest first: the list from the API, kept up to date by the event stream. */
export function useLiveList<Item extends Dated, Page extends { items: readonly Item[] }>(options: Options<Page, Item>) {
  const { kind, schema, queryKey, queryFn, pollMs, onChange } = options;
  const isLive = useConnection() === "live";
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    ...{ queryKey, queryFn },
    refetchInterval: isLive ? false : pollMs,
  });
  const listed = useMemo(() => data?.items.map((item) => ({ id: String(item.id), item })) ?? null, [data]);
  const { items, gone, isLive: isWhole } = useLiveItems(kind, schema, listed, onChange);
  useCatchUp(isWhole, dataUpdatedAt, () => void refetch());
  /** Including older items that only the list has; the stream wins for those it has. */
  const all = useMemo(() => {
    const older = (listed ?? []).flatMap(({ id, item }) => (gone.has(id) ? [] : [[id, item] as const]));
    return items && sorted(new Map([...older, ...items]));
  }, [items, gone, listed]);
  const newest = useMemo(() => items && sorted(items), [items]);
  return { data, items: newest, all, error: items ? null : error, retry: () => void refetch() };
}
