/**
 * Small unsent files, stored in IndexedDB, so that an upload resumes by itself after a reload. Larger files, or all where
 * there is no such storage, must be chosen again.
 */
import { config } from "../../data/config";

const DATABASE = `pmd-uploads-${config.viewer.sqid}-${config.subject.sqid}`;
const STORE = "files";
/** Files up to `file` bytes are kept, as long as their sum stays below `total`. */
const KEEP_BYTES = 16 * 1024 * 1024;
const KEEP_ALL_BYTES = 256 * 1024 * 1024;

interface Remembered {
  readonly id: string;
  readonly upload: string;
  readonly file: File;
}

/** Which files to keep: the smallest first, while there is room. */
export function worthKeeping(sizes: readonly number[], most = KEEP_BYTES, room = KEEP_ALL_BYTES): boolean[] {
  const kept = new Array<boolean>(sizes.length).fill(false);
  let used = 0;
  for (const index of sizes.map((_, i) => i).sort((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0))) {
    const size = sizes[index] ?? 0;
    if (size > most || used + size > room) break;
    used += size;
    kept[index] = true;
  }
  return kept;
}

/** Store files; resolves to the ids of those that were kept. */
export async function remember(files: readonly Remembered[]): Promise<string[]> {
  const kept = worthKeeping(files.map(({ file }) => file.size));
  const records = files.flatMap(({ id, upload, file }, index) => (kept[index] ? [{ id, upload, file }] : []));
  const isKept = await write((store) => records.forEach((record) => store.put(record)));
  return isKept ? records.map(({ id }) => id) : [];
}

export async function forget(ids: readonly string[]): Promise<void> {
  await write((store) => ids.forEach((id) => store.delete(id)));
}

export async function recall(): Promise<Remembered[]> {
  const database = await open();
  if (!database) return [];
  return new Promise((resolve) => {
    const request = database.transaction(STORE).objectStore(STORE).getAll() as IDBRequest<Remembered[]>;
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve([]);
  });
}

async function write(work: (store: IDBObjectStore) => void): Promise<boolean> {
  const database = await open();
  if (!database) return false;
  return new Promise((resolve) => {
    const transaction = database.transaction(STORE, "readwrite");
    transaction.oncomplete = () => resolve(true);
    transaction.onabort = () => resolve(false);
    work(transaction.objectStore(STORE));
  });
}

let opened: Promise<IDBDatabase | null> | null = null;

/** Null if the browser has no usable storage: private windows, full disks. */
function open(): Promise<IDBDatabase | null> {
  opened ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => {
        // Browsers close it where site data are deleted, and WebKit behind a page that is not shown.
        request.result.onclose = () => (opened = null);
        resolve(request.result);
      };
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opened;
}
