/** The page's one queue of files, whichever page is open, and what brings it back after a reload. */
import { ApiError } from "../api/error";
import { probeSession } from "../api/client";
import { config } from "../api/config";
import { sleep } from "../lib/sleep";
import { createStore, useStore } from "../lib/store";
import { listPending, listUploads } from "./api";
import type { Chosen } from "./chosen";
import { matchChosen, type Wanted } from "./matching";
import { forget, recall, remember } from "./memory";
import { backoffMs } from "../live/stream";
import type { Announced } from "./schema";
import { isUnsent, type Item, SendQueue } from "./sending";
import { tusTransport } from "./tus";
import { isOpen } from "./uploads";

const queue = new SendQueue(tusTransport({ "PMD-Viewer": config.viewer.sqid }), {
  onEnded: ({ id }) => void forget([id]),
  // Whether nobody or somebody else is signed in, the service says.
  onSignedOut: () => void probeSession().catch(() => undefined),
});

/** Of each open upload the files that this browser would have to be given again. */
const missing = createStore<ReadonlyMap<string, readonly Wanted[]>>(new Map());
/** Files that are kept in this browser, and outlive a reload. */
const keptIds = new Set<string>();
/** What this tab was ever given, by line: a file that was stopped or failed can be sent again from here. */
const given = new Map<string, File>();
/** Of each upload that this tab sends, when the lock was had. */
const holding = new Map<string, Promise<void>>();
/** How the lock of each upload that this tab sends is given back. */
const ended = new Map<string, () => void>();

function setMissing(upload: string, files: readonly Wanted[]): void {
  const next = new Map(missing.get());
  if (files.length > 0) next.set(upload, files);
  else next.delete(upload);
  missing.set(next);
}

export const sender = {
  pause: (upload: string) => queue.pause(upload),
  resume: (upload: string) => queue.resume(upload),
  retryNow: queue.retryNow,
  /** Whether a reload now would ask for files again: small ones are kept, and go on by themselves. */
  get losesByReload() {
    const views = [...queue.views.get().values()];
    return views.some(({ items }) => items.some((item) => isUnsent(item) && !keptIds.has(item.id)));
  },
  /** The upload is over or was stopped: nothing more of it is sent. */
  drop(upload: string): void {
    const view = queue.views.get().get(upload);
    queue.drop(upload);
    setMissing(upload, []);
    void forget(view?.items.map(({ id }) => id) ?? []);
    release(upload);
  },
};

/** Send what the service wants of these files: its lines tell their places among them. */
export async function send(announced: Announced, files: readonly Chosen[]): Promise<void> {
  const items = announced.files.flatMap(({ id, path, url, processing_order: order }): (Item & { file: File })[] => {
    const file = files[order]?.file;
    return url !== null && file ? [{ id, upload: announced.id, path, file, url }] : [];
  });
  for (const { id, file } of items) given.set(id, file);
  if (!holding.has(announced.id)) void hold(announced.id, () => undefined);
  const held = holding.get(announced.id);
  for (const id of await remember(items)) keptIds.add(id);
  await held;
  // Stopped meanwhile, it is nobody's.
  if (holding.get(announced.id) === held) queue.add(items);
}

/** After a reload: what this browser has kept goes on by itself; of the rest it is said what to choose again. */
export async function goOn(): Promise<void> {
  const { items } = await untilHeard(() => listUploads());
  const open = items.filter(isOpen);
  const openIds = new Set(open.map(({ id }) => id));
  const over = (await recall()).filter(({ upload }) => !openIds.has(upload));
  await forget(over.map(({ id }) => id));
  for (const { id } of open) goOnWith(id);
}

/** What this upload waits for: kept files are sent, of the others it is said what to choose again. */
export function goOnWith(upload: string): void {
  release(upload);
  void hold(upload, () => pickUp(upload));
}

async function pickUp(upload: string): Promise<void> {
  const known = new Map((await recall()).map((record) => [record.id, record]));
  const lines = await untilHeard(() => listPending(upload));
  const kept: Item[] = [];
  const wanted: Wanted[] = [];
  for (const { id, path, file_size: size, mtime, url } of lines) {
    const file = given.get(id) ?? known.get(id)?.file;
    if (url === null) continue;
    if (file) kept.push({ id, upload, path, file, url });
    else wanted.push({ id, path, size, mtime, url });
  }
  for (const { id } of kept) if (known.has(id)) keptIds.add(id);
  queue.add(kept);
  setMissing(upload, wanted);
}

/** Files that were chosen again: what an open upload waits for goes on there; the others are given back. */
export function takeAgain(files: readonly Chosen[]): { resumed: number; others: readonly Chosen[] } {
  let others = files;
  let resumed = 0;
  for (const [upload, awaited] of missing.get()) {
    const matched = matchChosen(awaited, others);
    others = matched.others;
    resumed += matched.found.size;
    const items = awaited.flatMap(({ id, path, url }) => {
      const file = matched.found.get(id);
      return file ? [{ id, upload, path, file, url }] : [];
    });
    for (const { id, file } of items) given.set(id, file);
    void remember(items).then((ids) => ids.forEach((id) => keptIds.add(id)));
    queue.add(items);
    setMissing(upload, matched.missing);
  }
  return { resumed, others };
}

/**
 * Of two tabs one sends an upload: two would interrupt each other for ever. The lock goes with the tab, and the next
 * one takes over.
 */
async function hold(upload: string, work: () => void | Promise<void>): Promise<void> {
  let had: () => void = () => undefined;
  holding.set(upload, new Promise((resolve) => (had = resolve)));
  // `locks` is there only in secure contexts, whatever the types say.
  if (!("locks" in navigator)) {
    await work();
    had();
    return;
  }
  await navigator.locks.request(`pmd-upload-${upload}`, async () => {
    const over = new Promise<void>((resolve) => ended.set(upload, resolve));
    await work();
    had();
    await over;
  });
}

function release(upload: string): void {
  ended.get(upload)?.();
  ended.delete(upload);
  holding.delete(upload);
}

/** Asks again and again for as long as what is wrong may pass. */
async function untilHeard<T>(ask: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError && error.isRetryable)) throw error;
      await sleep(backoffMs(failures));
    }
  }
}

/** What this tab is sending of an upload; null where it sends nothing. */
export const useSending = (upload: string) => useStore(queue.views).get(upload) ?? null;
const none: readonly Wanted[] = [];
export const useMissingFiles = (upload: string) => useStore(missing).get(upload) ?? none;
