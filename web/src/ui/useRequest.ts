import { useState } from "react";

import { ApiError } from "../platform/apiError";
import { toast } from "./toast";

/** Run a request and report its API error, by default as a toast. */
export async function reportErrors(
  work: () => unknown,
  report: (message: string) => void = toast.error,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    report(error.message);
  }
}

/** Whether a request is in flight, and a function that runs one. */
export function useRequest(onSettled?: () => void, report?: (message: string) => void) {
  const [isBusy, setBusy] = useState(false);
  const ask = async (work: () => unknown) => {
    setBusy(true);
    try {
      await reportErrors(work, report);
    } finally {
      onSettled?.();
      setBusy(false);
    }
  };
  return [isBusy, ask] as const;
}
