import { useState } from "react";

import { ApiError } from "../api/error";
import { toast } from "./toast";

/** Do it; what the service refuses is told, in a notice where nothing else is said. */
export async function orTell(work: () => unknown, tell: (message: string) => void = toast.error): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(error.message);
  }
}

/** Whether something is being asked of the service, and what asks it. */
export function useAsking(onSettled?: () => void, tell?: (message: string) => void) {
  const [isBusy, setBusy] = useState(false);
  const ask = async (work: () => unknown) => {
    setBusy(true);
    try {
      await orTell(work, tell);
    } finally {
      onSettled?.();
      setBusy(false);
    }
  };
  return [isBusy, ask] as const;
}
