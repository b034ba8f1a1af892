import { useMutation } from "@tanstack/react-query";

import { PMDError } from "@pmd/client";
import { toast } from "./toast";

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

/** Whether a write is under way, and a function that runs one and reports its API error. */
export function useWrite(onSettled?: () => void, report?: (message: string) => void) {
  const { isPending, mutate } = useMutation({
    mutationFn: (work: () => unknown) => reportErrors(work, report),
    onError: (error) => reportError(error), // a mistake of ours
    ...(onSettled && { onSettled }),
  });
  return [isPending, mutate] as const;
}
