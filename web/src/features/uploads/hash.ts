/** SHA-256 of files via WebCrypto, off the main thread. */

/** A digest needs the whole file in memory; larger files are sent without one, and the service computes it. */
const HASH_LIMIT_BYTES = 64 * 1024 * 1024;
const PARALLEL = 3;

/** WebCrypto needs a secure context. Without it, every file counts as new until the service has checked it. */
function canHash(): boolean {
  return typeof crypto !== "undefined" && "subtle" in crypto;
}

export async function hashOf(file: Blob): Promise<string | null> {
  if (!canHash() || file.size > HASH_LIMIT_BYTES) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Hashed {
  /** In the order of the files; null where a file was not hashed. */
  readonly hashes: readonly (string | null)[];
  /** Files that cannot be read: deleted, moved or locked since they were chosen. */
  readonly unreadable: ReadonlySet<number>;
}

/** Hash all files, a few at a time. */
export async function hashAll(
  files: readonly Blob[],
  onHashed: (count: number) => void,
  signal: AbortSignal,
): Promise<Hashed> {
  const hashes = new Array<string | null>(files.length).fill(null);
  const unreadable = new Set<number>();
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < files.length) {
      const index = next++;
      const file = files[index];
      signal.throwIfAborted();
      if (file) {
        try {
          hashes[index] = await hashOf(file);
        } catch {
          unreadable.add(index);
        }
      }
      done += 1;
      onHashed(done);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return { hashes, unreadable };
}
