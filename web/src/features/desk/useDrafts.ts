/** The drafts of this tab: listed by pages, kept up to date by the stream, and saved. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import * as v from "valibot";

import { config } from "../../data/config";
import { useConnection, usePMDSSE } from "../../data/live/live";
import { queryClient, refresher } from "../../data/queries";
import { createStore, useStore } from "../../platform/store";
import { useEventListener } from "../../platform/useEventListener";
import { listDrafts, refreshDesk, saveChanges, type Status } from "./api";
import { Desk, keepUnsaved, takeUnsaved } from "./desk";
import { Draft } from "./schema";
import type { Sheet } from "./sheet";

export type Tab = "drafts" | "scheduled" | "published";

const FIRST_PAGE = 64;
const PAGE = 512;
const POLL_MS = 10_000;
/** What changes together is asked for once. */
const SETTLE_MS = 300;
const DRAFTS = ["drafts"] as const;
export const refreshDrafts = refresher(DRAFTS);

const UNSAVED = `pmd.desk.unsaved.${config.subject.sqid}`;

/** One for the page's life: it goes on saving while another page is open. */
export const desk = new Desk(async (changes) => {
  const answer = await saveChanges(changes);
  refreshSoon();
  return answer;
});
const loaded = createStore<ReadonlySet<Status>>(new Set());
let isRestored = false;

window.addEventListener("beforeunload", (event) => {
  if (desk.hasUnsaved()) event.preventDefault();
});
window.addEventListener("pagehide", () => keepUnsaved(desk, UNSAVED));

let timer: ReturnType<typeof setTimeout> | undefined;

/** Counts, plan and calendar follow the drafts. */
export function refreshSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(refreshDesk, SETTLE_MS);
}

const STATUSES: Readonly<Record<Tab, readonly Status[]>> = {
  drafts: ["draft"],
  scheduled: ["scheduled", "failed"],
  published: ["published"],
};

const UNPUBLISHED: readonly Status[] = ["draft", "scheduled", "failed"];
/** Those of the open tab first. Null: all that are not published, as a newer service may have others than this page knows. */
const PASSES: Readonly<Record<Tab, readonly (Status | null)[]>> = {
  drafts: [null, "published"],
  scheduled: ["scheduled", "failed", null, "published"],
  published: ["published", null],
};

/** Of each load that is under way, the drafts that the stream has told of meanwhile: its answers may be older. */
const told = new Set<Set<number>>();

function tells(id: number): void {
  for (const each of told) each.add(id);
}

async function load(tab: Tab, since: string, signal: AbortSignal): Promise<number> {
  const meanwhile = new Set<number>();
  told.add(meanwhile);
  try {
    return await loadBeside(meanwhile, tab, since, signal);
  } finally {
    told.delete(meanwhile);
  }
}

async function loadBeside(
  meanwhile: ReadonlySet<number>,
  tab: Tab,
  since: string,
  signal: AbortSignal,
): Promise<number> {
  const isGone = (id: number) => meanwhile.has(id) && !desk.sheet.get().has(id);
  const before = new Set(desk.sheet.get().keys());
  const seen = new Set<number>();
  for (const status of PASSES[tab]) {
    const listed = {
      ...(status !== null && { status }),
      sort: status === null ? ("position" as const) : ("due" as const),
      ...(status === "published" && { since }),
    };
    let cursor: string | null = null;
    do {
      const page = await listDrafts({ ...listed, limit: cursor === null ? FIRST_PAGE : PAGE, cursor }, signal);
      for (const { id } of page.items) seen.add(id);
      desk.serve(page.items.filter(({ id }) => !isGone(id)));
      cursor = page.next_cursor;
    } while (cursor !== null);
    loaded.set(new Set([...loaded.get(), ...(status === null ? UNPUBLISHED : [status])]));
  }
  desk.remove([...before].filter((id) => !seen.has(id) && !meanwhile.has(id)));
  if (!isRestored) desk.restore(takeUnsaved(UNSAVED));
  isRestored = true;
  return seen.size;
}

const Numbers = v.object({
  draft_count: v.number(),
  scheduled_count: v.number(),
  failed_count: v.number(),
  updated_at: v.nullable(v.string()),
});

/** Whether this tab has heard of all that has changed: of many at once only the numbers are told. */
function hasAll(
  sheet: Sheet,
  { draft_count, scheduled_count, failed_count, updated_at }: v.InferOutput<typeof Numbers>,
) {
  const counts = { draft: 0, scheduled: 0, failed: 0, published: 0 };
  let newest = 0;
  for (const { served } of sheet.values()) {
    counts[served.status] += 1;
    newest = Math.max(newest, Date.parse(served.updated_at));
  }
  const isSame = counts.draft === draft_count && counts.scheduled === scheduled_count && counts.failed === failed_count;
  return isSame && (updated_at === null || Date.parse(updated_at) <= newest);
}

function useLive(): void {
  const check = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const checkSoon = (numbers: v.InferOutput<typeof Numbers>) => {
    clearTimeout(check.current);
    check.current = setTimeout(() => {
      // What is being loaded may be older than these numbers.
      if (queryClient.isFetching({ queryKey: DRAFTS }) > 0) checkSoon(numbers);
      else if (!hasAll(desk.sheet.get(), numbers)) refreshDrafts();
    }, SETTLE_MS);
  };
  usePMDSSE("draft", (event) => {
    if (event.type === "removed" || event.type === "update") tells(Number(event.id));
    if (event.type === "removed") desk.remove([Number(event.id)]);
    if (event.type !== "update") return;
    const read = v.safeParse(Draft, event.data);
    if (read.success) desk.serve([read.output]);
    refreshSoon();
  });
  usePMDSSE("drafts", (event) => {
    if (event.type !== "update") return;
    refreshSoon();
    const read = v.safeParse(Numbers, event.data);
    if (read.success) checkSoon(read.output);
  });
  useEffect(() => () => clearTimeout(check.current), []);
}

/** What is newer than this page is among the drafts. */
const tabOf = (status: Status): Tab =>
  (Object.keys(STATUSES) as Tab[]).find((tab) => STATUSES[tab].includes(status)) ?? "drafts";

/** The drafts of one tab in its order. `since`: from when on published ones count. */
export function useDrafts(tab: Tab, since: string) {
  const sheet = useStore(desk.sheet);
  const isLive = useConnection() === "live";
  const { error, refetch } = useQuery({
    queryKey: [...DRAFTS, since],
    queryFn: ({ signal }) => load(tab, since, signal),
    refetchInterval: isLive ? false : POLL_MS,
    refetchOnMount: "always",
  });
  useLive();
  useEventListener(window, "online", () => desk.retry());
  const rows = useMemo(() => {
    const shown = [...sheet.values()].filter(({ served }) => tabOf(served.status) === tab);
    const placeOf = ({ position, due_at, published_at }: Draft) =>
      tab === "drafts" ? position : Date.parse((tab === "published" ? published_at : due_at) ?? "");
    return shown.sort((a, b) => placeOf(a.served) - placeOf(b.served) || a.served.id - b.served.id);
  }, [sheet, tab]);
  const known = useStore(loaded);
  const isLoading = !STATUSES[tab].every((status) => known.has(status));
  return { sheet, rows, isLoading, error: rows.length === 0 ? error : null, retry: () => void refetch() };
}
