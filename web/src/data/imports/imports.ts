/** Imports: archives of the library that are read, and made when their owner says so. */
import { PMDError } from "@pmd/client";
import { useQuery } from "@tanstack/react-query";

import { go, useParameters, usePageName } from "../../platform/address";
import { request } from "../client";
import { useLiveList } from "../live/useLiveList";
import { refresher } from "../queries";
import { archiveEndings, Import, ImportPage, type ImportRequest } from "./schema";

export const IMPORTS_URL = "/api/pmd/imports";
export const IMPORTS = ["imports"] as const;
const SECTION = ["section"] as const;

/** Whether a file can be read, as its name ends. */
export const isArchive = (name: string) => archiveEndings.some((ending) => name.toLowerCase().endsWith(ending));

/** Have an archive of the library read, of a form that is recognized or chosen. Idempotent per key. */
export function requestImport(assetId: number, key: string, form: string | null = null): Promise<Import> {
  const body: ImportRequest = { asset_id: assetId, form };
  return request(Import, "POST", IMPORTS_URL, { body, idempotencyKey: key });
}

/** The newest imports, live; `onChange` is called for each that changes. */
export function useImports(onChange?: (each: Import, before: Import | undefined) => void) {
  const { all, error, retry } = useLiveList({
    kind: "import",
    schema: Import,
    queryKey: IMPORTS,
    queryFn: ({ signal }) => request(ImportPage, "GET", IMPORTS_URL, { signal }),
    pollMs: 5000,
    onChange,
  });
  return { imports: all, error, retry };
}

/** One import that is not among the newest. */
export function useImport(id: number, isWanted: boolean) {
  return useQuery({
    queryKey: [...IMPORTS, id],
    queryFn: ({ signal }) => request(Import, "GET", `${IMPORTS_URL}/${id}`, { signal }),
    enabled: isWanted,
    retry: (failures, error) => failures < 1 && error instanceof PMDError && error.isRetryable,
    staleTime: 0,
  });
}

export const refreshImports = refresher(IMPORTS);

/** Open an import's own address. */
export const openImport = (id: number) => go("settings", { section: "data", import: id });

/** Whether the open page is the one that archives are brought to. */
export function useBringsArchives(): boolean {
  const { section } = useParameters("settings", SECTION);
  return usePageName() === "settings" && section === "data";
}
