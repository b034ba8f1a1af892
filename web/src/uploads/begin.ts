/** Announcing and sending what was looked at: as many uploads as it takes, one after the other. */
import { announce, refreshUploads } from "./api";
import { type Looked, splitIntoUploads } from "./check";
import { nameOf } from "./chosen";
import type { Announced, Defaults } from "./schema";
import { send } from "./sender";

/** What cannot be read cannot be sent; all else is announced, so that the report tells of every file. */
function announceable(files: readonly Looked[]): Looked[] {
  return files.filter(({ isReadable }) => isReadable);
}

/** Announce all of it and begin to send; gives the uploads. */
export async function begin(
  files: readonly Looked[],
  defaults: Defaults,
  most: number,
  key: string,
): Promise<Announced[]> {
  const parts = splitIntoUploads(announceable(files), most);
  const name = nameOf(files);
  const uploads: Announced[] = [];
  for (const [index, part] of parts.entries()) {
    const part_of = parts.length > 1 ? ` (${index + 1} of ${parts.length})` : "";
    const upload = await announce(
      {
        name: `${name.slice(0, 200)}${part_of}`,
        defaults,
        files: part.map(({ path, file, hash }) => ({
          path,
          size: file.size,
          ...(hash !== null && { hash }),
          mtime: file.lastModified,
        })),
      },
      `${key}-${index}`,
    );
    uploads.push(upload);
    void send(upload, part);
    refreshUploads();
  }
  return uploads;
}
