/** Dialogs of one feature that others open; the application draws them (`app/SharedDialogs.tsx`). */
import { createStore, useStore } from "../platform/store";
import type { Asset } from "./assets/schema";
import type { Packable } from "./schema";

/** A value of a task's parameters. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Values = Record<string, Value>;

export type SharedDialog =
  /** A new task for these files, with a preselected kind and its parameters. */
  | { about: "task"; assets: readonly Asset[]; suggestion?: { kind: string; params: Values } }
  /** Add files to a pack; `bytes` is their total size. */
  | { about: "pack"; assetIds: readonly number[]; bytes: number }
  /** Pack the files behind posts. */
  | { about: "packPosts"; find: () => Promise<Packable> }
  /** Upload an archive, and have it read for an import once it has arrived. */
  | { about: "archive"; file: File }
  /** Links to a pack or download; `of` is its API path: `packs/3`, `bdr/…`. */
  | { about: "share"; of: string; name: string };

const opened = createStore<SharedDialog | null>(null);

export const openShared = (dialog: SharedDialog) => opened.set(dialog);
/** One that was opened since stays: the answer to a request may come late. */
export function closeShared(dialog = opened.get()): void {
  if (opened.get() === dialog) opened.set(null);
}
export const useSharedDialog = () => useStore(opened);
