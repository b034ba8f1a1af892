/** Files as the visitor chose or dropped them, folders walked through, each with its path inside what was chosen. */

export interface Chosen {
  /** "dragons/red/fire.png"; separators are always "/". */
  readonly path: string;
  readonly file: File;
}

export interface Choice {
  readonly files: readonly Chosen[];
  /** Hidden and half-written files, which nobody means to upload. */
  readonly skipped: number;
}

const HIDDEN = /^(\.|~\$|thumbs\.db$|desktop\.ini$)/i;
const UNFINISHED = /\.(part|tmp|crdownload)$/i;

/** Whether a file is the system's or another program's business, by its path. */
export function isNobodys(path: string): boolean {
  const names = path.split("/");
  return names.some((name) => HIDDEN.test(name)) || UNFINISHED.test(path);
}

/** What to do with files found: the system's own left out and counted, in the order of their paths. */
export function chooseFrom(found: readonly Chosen[]): Choice {
  const files = found.filter(({ path }) => !isNobodys(path)).map(({ path, file }) => ({ path: kept(path), file }));
  const order = new Intl.Collator("en", { numeric: true });
  return {
    files: files.sort((a, b) => order.compare(a.path, b.path)),
    skipped: found.length - files.length,
  };
}

/** As the service keeps it, so that its lines are found again by their paths: NFC, and nothing that nobody sees. */
function kept(path: string): string {
  return path
    .replaceAll("\\", "/")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "_")
    .normalize("NFC");
}

/** From a file input; folders chosen with it carry their paths. */
export function fromInput(list: Iterable<File>): Choice {
  return chooseFrom([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/** From a drop or a paste. The entries must be asked for before the event is over: the browser forgets them then. */
export async function fromTransfer(transfer: DataTransfer): Promise<Choice> {
  const entries = [...transfer.items].flatMap((item) => (item.kind === "file" ? (item.webkitGetAsEntry() ?? []) : []));
  if (entries.length === 0) return fromInput(transfer.files);
  const found = await Promise.all(entries.map((entry) => walk(entry)));
  return chooseFrom(found.flat());
}

async function walk(entry: FileSystemEntry): Promise<Chosen[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const found: Chosen[] = [];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives a hundred at a time, and nothing at its end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return found;
    found.push(...(await Promise.all(batch.map((each) => walk(each)))).flat());
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

const LICENSE = /^(un)?licen[cs]e(\.(txt|md))?$|^copying(\.txt)?$/i;
const MOST_LICENSE_BYTES = 64 * 1024;

/** The file that says what may be done with the others: the outermost one. */
export function licenseAmong(files: readonly Chosen[]): Chosen | null {
  const found = files.filter(
    ({ path, file }) => LICENSE.test(path.split("/").at(-1) ?? "") && file.size <= MOST_LICENSE_BYTES,
  );
  return found.sort((a, b) => a.path.split("/").length - b.path.split("/").length)[0] ?? null;
}

/** What the visitor calls it: the folder where there is one, else the only file, else how many. */
export function nameOf(files: readonly Chosen[]): string {
  const tops = new Set(files.map(({ path }) => path.split("/")[0] ?? path));
  const [top] = tops;
  if (tops.size === 1 && top !== undefined) return top;
  return files.length === 1 ? "1 file" : `${files.length} files`;
}
