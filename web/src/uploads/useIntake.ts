/** From chosen files to the confirmation dialog: hash them, ask the service, report. */
import { useEffect, useState } from "react";

import { config } from "../api/config";
import { ApiError } from "../api/error";
import { checkFiles, recognizeLicense } from "./api";
import { checkRequests, checkedFiles, type CheckedFile, type Room, tooMany } from "./check";
import { type Choice, type Chosen, licenseAmong } from "./chosen";
import { hashAll } from "./hash";
import type { Checked, RecognizedLicense } from "./schema";

/** The licence that a file in the folder declares for the others. */
export interface Offered {
  path: string;
  license: NonNullable<RecognizedLicense["license"]>;
}

type Intake =
  | { step: "hashing"; done: number; room: Room | null }
  | { step: "asking" }
  | { step: "ready"; files: readonly CheckedFile[]; room: Room; license: Offered | null }
  | { step: "failed"; message: string };

export function useIntake(choice: Choice, attempt: number): Intake {
  const [intake, setIntake] = useState<Intake>({ step: "hashing", done: 0, room: null });
  useEffect(() => {
    const stop = new AbortController();
    checkChoice(choice, setIntake, stop.signal).catch((error: unknown) => {
      if (stop.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setIntake({ step: "failed", message: error.message });
    });
    return () => stop.abort();
  }, [choice, attempt]);
  return intake;
}

async function checkChoice({ files }: Choice, tell: (intake: Intake) => void, signal: AbortSignal): Promise<void> {
  const refusal = tooMany(files.length, config.limits.upload_max_files);
  if (refusal !== null) {
    tell({ step: "failed", message: refusal });
    return;
  }
  // The space left is known before the first file is read.
  const [asked] = checkRequests(files.slice(0, 1), []);
  let room: Room = asked ? (await checkFiles(asked, signal)).allowance : { left_bytes: 0, left_files: 0 };
  const onHashed = (done: number) => {
    if (!signal.aborted) tell({ step: "hashing", done, room });
  };
  onHashed(0);
  const { hashes, unreadable } = await hashAll(
    files.map(({ file }) => file),
    onHashed,
    signal,
  );
  tell({ step: "asking" });
  const answers: Checked[] = [];
  for (const request of checkRequests(files, hashes)) {
    const answer = await checkFiles(request, signal);
    answers.push(...answer.items);
    room = answer.allowance;
  }
  tell({
    step: "ready",
    files: checkedFiles(files, hashes, unreadable, answers),
    room,
    license: await offeredLicense(files, signal),
  });
}

async function offeredLicense(files: readonly Chosen[], signal: AbortSignal): Promise<Offered | null> {
  const found = licenseAmong(files);
  if (!found) return null;
  const text = await found.file.text().catch(() => "");
  const { license } = await recognizeLicense(text, signal);
  return license && { path: found.path, license };
}
