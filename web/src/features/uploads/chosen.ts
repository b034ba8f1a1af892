/** Chosen or dropped files, with folders expanded, each with its relative path. */
import { plural } from "@lingui/core/macro";

export interface Chosen {
  /** "dragons/red/fire.png"; separators are always "/". */
  readonly path: string;
  readonly file: File;
}

export interface Choice {
  readonly files: readonly Chosen[];
  readonly leftOut: readonly LeftOut[];
}

/** A hidden or unfinished file, or a hidden folder as a whole: reported, not sent. */
export interface LeftOut {
  readonly path: string;
  /** 0 for a folder. */
  readonly size_bytes: number;
  readonly left_out: "hidden" | "unfinished";
}

const HIDDEN = /^(\.|~\$|thumbs\.db$|desktop\.ini$)/i;
const UNFINISHED = /\.(part|tmp|crdownload)$/i;

/** Whether a path belongs to the system or another program. */
export function isNobodys(path: string): boolean {
  const names = path.split("/");
  return names.some((name) => HIDDEN.test(name)) || UNFINISHED.test(path);
}

function leftOutOf(found: readonly Chosen[]): LeftOut[] {
  const parts = new Map<string, LeftOut>();
  for (const { path, file } of found) {
    if (!isNobodys(path)) continue;
    const names = kept(path).split("/");
    const hidden = names.findIndex((name) => HIDDEN.test(name));
    const whole = hidden < 0 ? names : names.slice(0, hidden + 1);
    const isFile = whole.length === names.length;
    parts.set(whole.join("/"), {
      path: whole.join("/"),
      size_bytes: isFile ? file.size : 0,
      left_out: hidden < 0 ? "unfinished" : "hidden",
    });
  }
  return [...parts.values()];
}

/** Sorted by path, without system files, which are named. */
export function chooseFrom(found: readonly Chosen[]): Choice {
  const files = found.filter(({ path }) => !isNobodys(path)).map(({ path, file }) => ({ path: kept(path), file }));
  const order = new Intl.Collator("en", { numeric: true });
  return {
    files: files.sort((a, b) => order.compare(a.path, b.path)),
    leftOut: leftOutOf(found),
  };
}

/** Normalized like the service does, so that its paths can be matched: NFC, without invisible characters. */
function kept(path: string): string {
  return path
    .replaceAll("\\", "/")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "_")
    .normalize("NFC");
}

/** From a file input; files of a chosen folder carry their paths. */
export function fromInput(list: Iterable<File>): Choice {
  return chooseFrom([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/** From a drop or paste. The entries must be read synchronously: browsers drop them after the event. */
export async function fromTransfer(
  transfer: DataTransfer,
  onUnreadable: (paths: readonly string[]) => void,
): Promise<Choice> {
  const entries = [...transfer.items].flatMap((item) => (item.kind === "file" ? (item.webkitGetAsEntry() ?? []) : []));
  if (entries.length === 0) return fromInput(transfer.files);
  const unreadable: string[] = [];
  const walk = async (entry: FileSystemEntry): Promise<Chosen[]> => {
    try {
      return isFile(entry) ? [await chosenFrom(entry)] : await everyEntry(entry, walk);
    } catch {
      // A link to nothing, a folder of another account, a disk that was taken out.
      unreadable.push(pathOf(entry));
      return [];
    }
  };
  const found = await Promise.all(entries.map(walk));
  if (unreadable.length > 0) onUnreadable(unreadable);
  return chooseFrom(found.flat());
}

const pathOf = (entry: FileSystemEntry) => entry.fullPath.replace(/^\//, "");

async function chosenFrom(entry: FileSystemFileEntry): Promise<Chosen> {
  return { path: pathOf(entry), file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) };
}

async function everyEntry(entry: FileSystemEntry, walk: (entry: FileSystemEntry) => Promise<Chosen[]>) {
  const found: Chosen[] = [];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader returns batches of a hundred, then an empty one.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return found;
    found.push(...(await Promise.all(batch.map(walk))).flat());
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** Names of files that state a licence, the surest last. A README may name one. */
const LICENSE_NAMES = [
  /^read[_ -]?me(\.(txt|md))?$/i,
  /^copying(\.(txt|md))?$/i,
  /^(un)?licen[cs]e([-_ ][\w.-]{1,20})?(\.(txt|md))?$/i,
] as const;
const surenessOf = (path: string) => LICENSE_NAMES.findIndex((name) => name.test(path.split("/").at(-1) ?? ""));
const MAX_LICENSE_BYTES = 64 * 1024;

/** More folders with a licence of their own are not asked about. */
const MAX_LICENSES = 16;

/** The licence files, outermost first, one for each folder. */
export function licensesAmong(files: readonly Chosen[]): Chosen[] {
  const found = files
    .filter(({ path, file }) => surenessOf(path) >= 0 && file.size <= MAX_LICENSE_BYTES)
    .sort((a, b) => surenessOf(a.path) - surenessOf(b.path));
  const byFolder = new Map(found.map((each) => [folderOf(each.path), each]));
  const rank = ({ path }: Chosen) => path.split("/").length - surenessOf(path) / LICENSE_NAMES.length;
  return [...byFolder.values()].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_LICENSES);
}

export const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** The upload's name: the folder, the only file, or the number of files. */
export function nameOf(files: readonly Chosen[]): string {
  const tops = new Set(files.map(({ path }) => path.split("/")[0] ?? path));
  const [top] = tops;
  if (tops.size === 1 && top !== undefined) return top;
  return plural(files.length, { one: "# file", other: "# files" });
}
