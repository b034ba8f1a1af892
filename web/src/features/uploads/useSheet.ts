import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";

import { listLinesAfter } from "./api";
import type { Line, Upload } from "./schema";
import { isSettled, merged } from "./sheet";
import { isOpen, settledFiles } from "./uploads";

/** Lines of a page: one is read and drawn within a frame. */
const PAGE = 128;
/** More than so many cells are no picture any more. */
const MOST = 2048;
/** Pages are read again at most this often. */
const SETTLE_MS = 600;

interface Page {
  readonly lines: readonly Line[];
  /** The next page's cursor; null on the last. */
  readonly next: string | null;
}

/** An upload's files in order: while they arrive, only pages with unsettled ones are read again. */
export function useSheet(upload: Upload) {
  const { id } = upload;
  const client = useQueryClient();
  const queryKey = ["upload-sheet", id];
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    queryKey,
    queryFn: ({ signal }) => readPages(id, client.getQueryData<readonly Page[]>(queryKey) ?? [], signal),
    structuralSharing: false,
    staleTime: 0,
  });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const version = `${upload.status} ${settledFiles(upload)} ${upload.received_bytes} ${upload.undone_at ?? ""}`;
  const seen = useRef(version);
  // What has ended while a page was being read is read once more.
  const isBehind = !isOpen(upload) && (data?.some(({ lines }) => !lines.every(isSettled)) ?? false);
  useEffect(() => {
    if (seen.current === version && !isBehind) return;
    seen.current = version;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void refetch({ cancelRefetch: false });
    }, SETTLE_MS);
  }, [version, isBehind, dataUpdatedAt, refetch]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined; // the effect may run again
    },
    [],
  );
  const lines = useMemo(() => data?.flatMap((page) => page.lines) ?? null, [data]);
  return { lines, error, retry: () => void refetch() };
}

async function readPages(id: string, before: readonly Page[], signal: AbortSignal): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  for (let number = 0; number * PAGE < MOST; number += 1) {
    const known = before[number];
    const isDone = known !== undefined && known.lines.every(isSettled) && known.lines.length === PAGE;
    if (isDone) pages.push(known);
    else {
      const { items, next_cursor: next } = await listLinesAfter(id, cursor, PAGE, signal);
      pages.push({ lines: merged(known?.lines ?? [], items), next });
    }
    cursor = pages[number]?.next ?? null;
    if (cursor === null) break;
  }
  return pages;
}
