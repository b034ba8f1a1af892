/** From chosen files to the confirmation dialog: hash them, ask the service, report. */
import { useEffect, useState } from "react";

import { config } from "../../data/config";
import { PMDError } from "@pmd/client";
import { chunk } from "../../platform/lists";
import { sleep } from "../../platform/sleep";
import { checkFiles, recognizeLicense } from "./api";
import { checkRequests, checkedFiles, type CheckedFile, type Room, tooMany } from "./check";
import { type Choice, type Chosen, folderOf, licensesAmong } from "./chosen";
import { hashAll } from "./hash";
import type { Checked, RecognizedLicense } from "./schema";

/** The licence that a file declares for its folder. */
export interface Offered {
  path: string;
  folder: string;
  /** The files in the folder and below it, the licence itself included. */
  count: number;
  license: NonNullable<RecognizedLicense["license"]>;
}

type Intake =
  | { step: "hashing"; done: number; bytes: number; room: Room | null }
  | { step: "asking" }
  | { step: "ready"; files: readonly CheckedFile[]; room: Room; licenses: readonly Offered[] }
  | { step: "failed"; message: string };

/** Sizes that are asked for at once: some 10 ms. */
const SIZES = 100;

const BEGUN: Intake = { step: "hashing", done: 0, bytes: 0, room: null };

export function useIntake(choice: Choice, attempt: number): Intake {
  const [latest, setLatest] = useState<{ of: Choice; intake: Intake } | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const tell = (intake: Intake) => {
      if (!stop.signal.aborted) setLatest({ of: choice, intake });
    };
    checkChoice(choice, tell, stop.signal).catch((error: unknown) => {
      if (stop.signal.aborted) return;
      if (!(error instanceof PMDError)) throw error;
      tell({ step: "failed", message: error.message });
    });
    return () => stop.abort();
  }, [choice, attempt]);
  // What is dropped while a dialog is open takes its place.
  return latest?.of === choice ? latest.intake : BEGUN;
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
  const bytes = await sizeOf(files);
  const onHashed = (done: number) => tell({ step: "hashing", done, bytes, room });
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
    licenses: await offeredLicenses(files, signal),
  });
}

/** A browser asks its main process for the size of each file, and waits: it can draw between some and the next. */
async function sizeOf(files: readonly Chosen[]): Promise<number> {
  let sum = 0;
  for (const part of chunk(files, SIZES)) {
    for (const { file } of part) sum += file.size;
    await sleep(0);
  }
  return sum;
}

async function offeredLicenses(files: readonly Chosen[], signal: AbortSignal): Promise<Offered[]> {
  const offered = licensesAmong(files).map(async ({ path, file }): Promise<Offered | null> => {
    const { license } = await recognizeLicense(await file.text().catch(() => ""), signal);
    const folder = folderOf(path);
    const inside = files.filter((each) => folder === "" || each.path.startsWith(`${folder}/`));
    return license && { path, folder, count: inside.length, license };
  });
  return (await Promise.all(offered)).filter((each) => each !== null);
}
