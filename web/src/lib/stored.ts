import { useCallback, useSyncExternalStore } from "react";
import * as v from "valibot";

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
const values = new Map<string, unknown>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** State that this browser remembers. One key is one value, however many components use it. */
export function useStored<T>(key: string, schema: v.GenericSchema<unknown, T>, initial: T) {
  const read = useCallback(() => {
    if (!values.has(key)) values.set(key, readStored(localStorage, key, schema) ?? initial);
    return values.get(key) as T;
  }, [key, schema, initial]);
  const value = useSyncExternalStore(subscribe, read);
  const set = useCallback(
    (change: T | ((value: T) => T)) => {
      const next = typeof change === "function" ? (change as (value: T) => T)(read()) : change;
      values.set(key, next);
      writeStored(localStorage, key, next);
      for (const listener of listeners) listener();
    },
    [key, read],
  );
  return [value, set] as const;
}
