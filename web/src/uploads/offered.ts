/** Files that were dropped or chosen, wherever on the page, and wait for the visitor's word. */
import { useSyncExternalStore } from "react";

import { plural } from "../lib/format";
import { toast } from "../ui/toast";
import type { Choice } from "./chosen";
import { takeAgain } from "./sender";

let offered: Choice | null = null;
const listeners = new Set<() => void>();

function set(choice: Choice | null): void {
  offered = choice;
  for (const listener of listeners) listener();
}

/** What open uploads still wait for goes on there at once; what is left is asked about. */
export function offer(choice: Choice): void {
  const { resumed, others } = takeAgain(choice.files);
  if (resumed > 0) toast.success(`${plural(resumed, "file goes", "files go")} on where it was interrupted.`);
  if (others.length > 0) set({ ...choice, files: others });
  else if (resumed === 0) toast.info("There is no file in it that could be uploaded.");
}

export function withdraw(): void {
  set(null);
}

export function useOffered(): Choice | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => offered,
  );
}
