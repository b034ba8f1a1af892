/** Announcing and sending what was looked at: as many uploads as it takes, one after the other. */
import { ApiError } from "../api/error";
import { chunksOf } from "../lib/chunks";
import { toast } from "../ui/toast";
import { announce, refreshUploads } from "./api";
import type { Looked } from "./check";
import { nameOf } from "./chosen";
import type { Announced, Defaults } from "./schema";
import { send } from "./sender";

/** Where so many uploads are open that no other may be, the next waits for its turn. */
const TURN_MS = 5000;

/** Announce all of it and begin to send; gives the first upload as soon as it is announced. */
export async function begin(
  files: readonly Looked[],
  defaults: Defaults,
  most: number,
  key: string,
): Promise<Announced> {
  // What cannot be read cannot be sent; all else is announced, so that the report tells of every file.
  const parts = chunksOf(
    files.filter(({ isReadable }) => isReadable),
    most,
  );
  const name = nameOf(files).slice(0, 200);
  const announcePart = async (index: number): Promise<Announced> => {
    const part = parts[index] ?? [];
    const which = parts.length > 1 ? ` (${index + 1} of ${parts.length})` : "";
    const upload = await announce(
      {
        name: `${name}${which}`,
        defaults,
        files: part.map(({ path, file, hash }) => ({
          path,
          size: file.size,
          ...(hash !== null && { hash }),
          mtime: Math.max(0, file.lastModified),
        })),
      },
      `${key}-${index}`,
    );
    void send(upload, part);
    refreshUploads();
    return upload;
  };
  const first = await announcePart(0);
  void announceOthers(parts.length, announcePart);
  return first;
}

async function announceOthers(count: number, announcePart: (index: number) => Promise<Announced>): Promise<void> {
  for (let index = 1; index < count;) {
    try {
      await announcePart(index);
      index += 1;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.isPassing && error.status !== 401) {
        toast.error(`Part ${index + 1} of ${count} could not be announced. ${error.message}`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    }
  }
}
