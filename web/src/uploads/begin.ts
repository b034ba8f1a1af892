/** Announcing and sending what was looked at: one upload, whatever its size, announced page by page. */
import { ApiError } from "../api/error";
import { chunk } from "../lib/lists";
import { sleep } from "../lib/sleep";
import { toast } from "../ui/toast";
import { announce, announcePage, refreshUploads } from "./api";
import { type Looked, MOST_AT_ONCE } from "./check";
import { nameOf } from "./chosen";
import type { Announced, Defaults } from "./schema";
import { send } from "./sender";

const AGAIN_MS = 5000;

/** Announce all of it and begin to send; gives the upload as soon as it is open. */
export async function begin(files: readonly Looked[], defaults: Defaults, key: string): Promise<Announced> {
  // What cannot be read cannot be sent; all else is announced, so that the report tells of every file.
  const readable = files.filter(({ isReadable }) => isReadable);
  const [first = [], ...pages] = chunk(readable.map(toAnnounce), MOST_AT_ONCE);
  const name = nameOf(files).slice(0, 200);
  // Servers of the release before do not know of pages.
  const total = pages.length > 0 && { total_files: readable.length };
  const upload = await announce({ name, defaults, ...total, files: first }, key);
  void send(upload, readable);
  refreshUploads();
  void announceOthers(upload.id, pages, readable);
  return upload;
}

const toAnnounce = ({ path, file, hash }: Looked) => ({
  path,
  size: file.size,
  ...(hash !== null && { hash }),
  mtime: Math.max(0, file.lastModified),
});

type Page = ReturnType<typeof toAnnounce>[];

async function announceOthers(id: string, pages: readonly Page[], readable: readonly Looked[]): Promise<void> {
  for (let index = 0; index < pages.length;) {
    try {
      void send(await announcePage(id, { first: (index + 1) * MOST_AT_ONCE, files: pages[index] ?? [] }), readable);
      refreshUploads();
      index += 1;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.isRetryable && error.status !== 401) {
        // Stopped meanwhile, or no room any more: what was announced goes on.
        toast.error(
          `The files from number ${(index + 1) * MOST_AT_ONCE + 1} on could not be announced. ${error.message}`,
        );
        return;
      }
      await sleep(AGAIN_MS);
    }
  }
}
