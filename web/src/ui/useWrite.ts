import { notifyManager, useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { PMDError } from "@pmd/client";
import { toast } from "./toast";
import { useIsShown } from "./useIfShown";

// A button that its own write disables is so before the second click of a double click: by default not before a timer.
notifyManager.setScheduler(queueMicrotask);

/** Run a request and report its API error, by default as a toast. */
export async function reportErrors(
  work: () => unknown,
  report: (message: string) => void = toast.error,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PMDError)) throw error;
    report(error.message);
  }
}

/**
 * Whether a write is under way, and a function that runs one and reports its API error.
 * Writes to one `thing` are sent one after the other: of two at once, the older one could be the last to arrive.
 */
export function useWrite(onSettled?: () => void, report?: (message: string) => void, thing?: string) {
  const { isPending, mutate } = useMutation({
    mutationFn: (work: () => unknown) => reportErrors(work, report),
    onError: (error) => reportError(error), // a mistake of ours
    ...(onSettled && { onSettled }),
    ...(thing && { scope: { id: thing } }),
  });
  return [isPending, mutate] as const;
}

/**
 * `useWrite` for a form: its API error, which the next write removes, and a function that refuses for another reason.
 * What fails after the form was closed is reported as a toast.
 */
export function useFormWrite(onSettled?: () => void) {
  const [error, setError] = useState<string | null>(null);
  const isShown = useIsShown();
  const refuse = (message: string) => {
    if (isShown()) setError(message);
    else toast.error(message);
  };
  const [isBusy, write] = useWrite(onSettled, refuse);
  const start = (work: () => unknown) => {
    setError(null);
    write(work);
  };
  return [isBusy, start, error, refuse] as const;
}
