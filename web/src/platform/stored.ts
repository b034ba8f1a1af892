import { useCallback } from "react";
import * as v from "valibot";

import { createStore, type Store, useStore } from "./store";

/** Read a stored value; null if absent or invalid. */
export function readStored<T>(storage: Storage, key: string, schema: v.GenericSchema<unknown, T>): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(storage.getItem(key) ?? "null"));
    return result.success ? result.output : null;
  } catch {
    return null; // storage disabled, or not JSON
  }
}

export function writeStored(storage: Storage, key: string, value: unknown): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage full or disabled: the page works without it.
  }
}

/** One store per key, read from storage once and shared by all components. */
const stores = new Map<string, Store<unknown>>();

/** A value persisted in localStorage. */
export function storedIn<T>(key: string, schema: v.GenericSchema<unknown, T>, initial: T): Store<T> {
  const known = stores.get(key) as Store<T> | undefined;
  if (known) return known;
  const store = createStore(readStored(localStorage, key, schema) ?? initial);
  store.subscribe(() => writeStored(localStorage, key, store.get()));
  stores.set(key, store as Store<unknown>);
  return store;
}

/** The same as component state. */
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
