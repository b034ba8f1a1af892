/** Announces checked files as one upload, page by page, and starts sending them. */
import { t } from "@lingui/core/macro";

import { PMDError } from "@pmd/client";
import { formatCount } from "../../platform/format";
import { chunk } from "../../platform/lists";
import { untilAnswered } from "../../data/live/retry";
import { toast } from "../../ui/toast";
import { announce, announcePage, refreshUploads } from "./api";
import { type CheckedFile, MAX_PER_REQUEST } from "./check";
import { type LeftOut, nameOf } from "./chosen";
import type { Announced, Defaults } from "./schema";
import { send } from "./sender";

/** Announce the files and start sending; resolves once the upload is open. */
export async function startUpload(
  files: readonly CheckedFile[],
  leftOut: readonly LeftOut[],
  defaults: Defaults,
  key: string,
): Promise<Announced> {
  // Unreadable files cannot be sent. All others are announced, so that the report covers them.
  const readable = files.filter(({ isReadable }) => isReadable);
  const [first = [], ...pages] = chunk<Announcement>([...readable.map(toAnnounce), ...leftOut], MAX_PER_REQUEST);
  const name = nameOf(files).slice(0, 200);
  // Servers of the previous release do not support pages.
  const total = pages.length > 0 && { total_files: readable.length + leftOut.length };
  const upload = await announce({ name, defaults, ...total, files: first }, key);
  void send(upload, readable);
  refreshUploads();
  void announceOthers(upload.id, pages, readable);
  return upload;
}

const toAnnounce = ({ path, file, hash }: CheckedFile) => ({
  path,
  size_bytes: file.size,
  ...(hash !== null && { sha256: hash }),
  mtime: Math.max(0, file.lastModified),
});

type Announcement = ReturnType<typeof toAnnounce> | LeftOut;
type Page = Announcement[];

async function announceOthers(id: string, pages: readonly Page[], readable: readonly CheckedFile[]): Promise<void> {
  for (const [index, files] of pages.entries()) {
    const first = (index + 1) * MAX_PER_REQUEST;
    try {
      void send(await untilAnswered(() => announcePage(id, { first, files })), readable);
      refreshUploads();
    } catch (error) {
      if (!(error instanceof PMDError)) throw error;
      // Stopped meanwhile, or out of space: what was announced continues.
      toast.error(t`Files from number ${formatCount(first + 1)} on could not be added to the upload. ${error.message}`);
      return;
    }
  }
}
