import { useEffect, useState } from "react";
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

/** State that this browser remembers. */
export function useStored<T>(key: string, schema: v.GenericSchema<unknown, T>, initial: T) {
  const [value, setValue] = useState(() => readStored(localStorage, key, schema) ?? initial);
  useEffect(() => writeStored(localStorage, key, value), [key, value]);
  return [value, setValue] as const;
}
