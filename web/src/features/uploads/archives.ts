/** Uploads of archives that are read for an import as soon as they have arrived, also after a reload. */
import { t } from "@lingui/core/macro";

import { PMDError } from "@pmd/client";
import * as v from "valibot";

import { config } from "../../data/config";
import { closeShared } from "../../data/dialogs";
import { openImport, refreshImports, requestImport } from "../../data/imports/imports";
import { createStore, useStore } from "../../platform/store";
import { storedIn } from "../../platform/stored";
import { toast } from "../../ui/toast";
import { listLines } from "./api";
import type { Upload } from "./schema";
import { isOpen } from "./uploads";

const awaited = storedIn<readonly string[]>(`pmd.archives.${config.viewer.sqid}`, v.array(v.string()), []);
/** The upload whose dialog is open: its report opens by itself. */
const watched = createStore<string | null>(null);

export const isAwaited = (upload: string) => awaited.get().includes(upload);
export const useWatched = () => useStore(watched);
export const watchArchive = (upload: string | null) => watched.set(upload);

/** Read this upload's only file once it is in the library. */
export function awaitArchive(upload: string): void {
  awaited.set([...awaited.get(), upload]);
  watchArchive(upload);
}

/** Have those read that have arrived meanwhile; each once, however often this is called. */
export function readArrived(uploads: readonly Upload[]): void {
  for (const upload of uploads) {
    if (isOpen(upload) || !isAwaited(upload.id)) continue;
    awaited.set(awaited.get().filter((id) => id !== upload.id));
    void read(upload);
  }
}

async function read(upload: Upload): Promise<void> {
  const isWatched = () => watched.get() === upload.id;
  const name = upload.name ?? t`The archive`;
  try {
    const [line] = await listLines(upload.id, {});
    if (line?.asset_id == null) {
      if (!upload.cancelled) toast.error(t`${name} is not in your library. ${line?.error_message ?? ""}`);
      return;
    }
    // Other tabs of this browser may ask as well: by the same key they get the same import.
    const made = await requestImport(line.asset_id, `import-of-${upload.id}`);
    refreshImports();
    if (isWatched()) openImport(made.id);
    else toast.success(t`${name} is being read.`, { action: { label: t`Report`, onClick: () => openImport(made.id) } });
  } catch (error) {
    if (!(error instanceof PMDError)) throw error;
    toast.error(t`${name} is in your library, but could not be read: ${error.message}`);
  } finally {
    if (isWatched()) {
      watchArchive(null);
      closeShared();
    }
  }
}
