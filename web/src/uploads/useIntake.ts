/** From files in the visitor's hands to the question “send them?”: hash, ask the service, tell. */
import { useEffect, useState } from "react";

import { ApiError } from "../api/error";
import { checkFiles } from "./api";
import { checkRequests, looked, type Looked } from "./check";
import type { Choice } from "./chosen";
import { hashAll } from "./hash";
import type { Checked } from "./schema";

type Intake =
  | { step: "hashing"; done: number }
  | { step: "asking" }
  | { step: "ready"; files: readonly Looked[]; leftBytes: number }
  | { step: "failed"; message: string };

export function useIntake(choice: Choice, attempt: number): Intake {
  const [intake, setIntake] = useState<Intake>({ step: "hashing", done: 0 });
  useEffect(() => {
    const stop = new AbortController();
    look(choice, setIntake, stop.signal).catch((error: unknown) => {
      if (stop.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setIntake({ step: "failed", message: error.message });
    });
    return () => {
      stop.abort();
    };
  }, [choice, attempt]);
  return intake;
}

async function look({ files }: Choice, tell: (intake: Intake) => void, signal: AbortSignal): Promise<void> {
  const onHashed = (done: number) => {
    if (!signal.aborted) tell({ step: "hashing", done });
  };
  const { hashes, unreadable } = await hashAll(
    files.map(({ file }) => file),
    onHashed,
    signal,
  );
  tell({ step: "asking" });
  const answers: Checked[] = [];
  let leftBytes = 0;
  for (const request of checkRequests(files, hashes)) {
    const answer = await checkFiles(request, signal);
    answers.push(...answer.items);
    leftBytes = answer.allowance.left_bytes;
  }
  tell({ step: "ready", files: looked(files, hashes, unreadable, answers), leftBytes });
}
