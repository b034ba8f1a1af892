import { type QueryKey, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type * as v from "valibot";

import { type Dated, newestFirst } from "../lib/lists";
import { useConnection, useLiveItems } from "./live";
import type { LiveKind } from "./messages";

interface Options<Page, Item> {
  kind: LiveKind;
  schema: v.GenericSchema<unknown, Item>;
  queryKey: QueryKey;
  queryFn: (context: { signal: AbortSignal }) => Promise<Page>;
  /** How often the list is asked for while no stream can be had, behind a proxy that swallows it for instance. */
  pollMs: number;
  /** Hears of each that changes before our eyes. */
  onChange?: ((item: Item, before: Item | undefined, isLive: boolean) => void) | undefined;
}

const sorted = <Item extends Dated>(items: ReadonlyMap<string, Item>) => [...items.values()].sort(newestFirst);

/** The newest things of one kind, live: the answer of the API, and what the stream tells of each; the newest first. */
export function useLiveList<Item extends Dated, Page extends { items: readonly Item[] }>(options: Options<Page, Item>) {
  const { kind, schema, queryKey, queryFn, pollMs, onChange } = options;
  const isLive = useConnection() === "live";
  const { data, error, refetch } = useQuery({ queryKey, queryFn, refetchInterval: isLive ? false : pollMs });
  const listed = useMemo(() => data?.items.map((item) => ({ id: String(item.id), item })) ?? null, [data]);
  const { items } = useLiveItems(kind, schema, listed, onChange);
  /** With the older ones, of which only the list tells; the stream knows better what it knows. */
  const all = useMemo(
    () => items && sorted(new Map([...(listed ?? []).map(({ id, item }) => [id, item] as const), ...items])),
    [items, listed],
  );
  const newest = useMemo(() => items && sorted(items), [items]);
  return { data, items: newest, all, error: items ? null : error, retry: () => void refetch() };
}
