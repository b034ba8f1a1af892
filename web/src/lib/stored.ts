import { useCallback } from "react";
import * as v from "valibot";

import { createStore, type Store, useStore } from "./store";

/** Read a value that this page stored; anything else that lies there is as good as nothing. */
export function readStored<T>(storage: Storage, key: string, schema: v.GenericSchema<unknown, T>): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(storage.getItem(key) ?? "null"));
    return result.success ? result.output : null;
  } catch {
    return null; // storage switched off, or not JSON: the page works without its memory
  }
}

export function writeStored(storage: Storage, key: string, value: unknown): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or switched off: the page works without its memory.
  }
}

/** What is in use now, by key: read once from the browser's memory, the same for everybody on the page. */
const stores = new Map<string, Store<unknown>>();

/** A value that this browser remembers. One key is one value, whoever asks for it. */
export function storedIn<T>(key: string, schema: v.GenericSchema<unknown, T>, initial: T): Store<T> {
  const known = stores.get(key) as Store<T> | undefined;
  if (known) return known;
  const store = createStore(readStored(localStorage, key, schema) ?? initial);
  store.subscribe(() => writeStored(localStorage, key, store.get()));
  stores.set(key, store as Store<unknown>);
  return store;
}

/** The same as a component's state. */
export function useStored<T>(key: string, schema: v.GenericSchema<unknown, T>, initial: T) {
  const store = storedIn(key, schema, initial);
  const value = useStore(store);
  const set = useCallback(
    (change: T | ((value: T) => T)) =>
      store.set(typeof change === "function" ? (change as (value: T) => T)(store.get()) : change),
    [store],
  );
  return [value, set] as const;
}
