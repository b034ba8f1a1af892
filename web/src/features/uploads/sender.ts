/** The page's single upload queue, and how it resumes after a reload. */
import { probeSession } from "../../data/client";
import { config } from "../../data/config";
import { language } from "../../platform/language";
import { createStore, useStore } from "../../platform/store";
import { listedUploads, listPending, newestUploads } from "./api";
import type { Chosen } from "./chosen";
import { matchChosen, type Wanted } from "./matching";
import { forget, recall, remember } from "./memory";
import { untilAnswered } from "../../data/live/retry";
import type { Announced } from "./schema";
import { isUnsent, type Item, SendQueue } from "./sending";
import { tusTransport } from "./tus";
import { isOpen } from "./uploads";

const queue = new SendQueue(tusTransport({ "PMD-Viewer": config.viewer.sqid, "Accept-Language": language }), {
  onEnded: ({ id }) => void forget([id]),
  // The service decides whether this session still belongs to the viewer.
  onSignedOut: () => void probeSession().catch(() => undefined),
});

/** Per open upload: the files that the user has to choose again. */
const missing = createStore<ReadonlyMap<string, readonly Wanted[]>>(new Map());
/** Files stored in this browser, which survive a reload. */
const keptIds = new Set<string>();
/** Every file given to this tab, by line id: stopped or failed files can be sent again. */
const given = new Map<string, File>();
/** Per upload that this tab sends: when it got the lock. */
const holding = new Map<string, Promise<void>>();
/** Per upload that this tab sends: releases its lock. */
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
  /** Whether a reload now would require choosing files again; small ones are stored and resume by themselves. */
  get losesByReload() {
    const views = [...queue.views.get().values()];
    return views.some(({ items }) => items.some((item) => isUnsent(item) && !keptIds.has(item.id)));
  },
  /** The upload has ended or was stopped: stop sending. */
  drop(upload: string): void {
    const view = queue.views.get().get(upload);
    queue.drop(upload);
    setMissing(upload, []);
    void forget(view?.items.map(({ id }) => id) ?? []);
    release(upload);
  },
};

/** Send the files that the service asks for, matched by path. */
export async function send(announced: Announced, files: readonly Chosen[]): Promise<void> {
  const items = announced.files.flatMap(({ id, path, url, processing_order: order }): (Item & { file: File })[] => {
    const file = files[order]?.file;
    return url !== null && file ? [{ id, upload: announced.id, path, file, url }] : [];
  });
  for (const { id, file } of items) given.set(id, file);
  if (!holding.has(announced.id)) void withLock(announced.id, () => undefined);
  const held = holding.get(announced.id);
  for (const id of await remember(items)) keptIds.add(id);
  await held;
  // It was stopped meanwhile.
  if (holding.get(announced.id) === held) queue.add(items);
}

async function openAmong(list: typeof newestUploads): Promise<ReadonlySet<string>> {
  const { items } = await untilAnswered(list);
  return new Set(items.filter(isOpen).map(({ id }) => id));
}

/** After a reload: resume stored files, and list those to choose again. */
export async function goOn(): Promise<void> {
  let open = await openAmong(listedUploads);
  // Nothing is forgotten by an older list: another tab may have begun an upload since.
  if ((await recall()).some(({ upload }) => !open.has(upload))) {
    open = await openAmong(newestUploads);
    const over = (await recall()).filter(({ upload }) => !open.has(upload));
    await forget(over.map(({ id }) => id));
  }
  for (const id of open) resumeUpload(id);
}

/** Resume one upload: send stored files, list those to choose again. */
export function resumeUpload(upload: string): void {
  release(upload);
  void withLock(upload, () => pickUp(upload));
}

async function pickUp(upload: string): Promise<void> {
  const known = new Map((await recall()).map((record) => [record.id, record]));
  const lines = await untilAnswered(() => listPending(upload));
  const kept: Item[] = [];
  const wanted: Wanted[] = [];
  for (const { id, path, size_bytes: size, mtime, url } of lines) {
    const file = given.get(id) ?? known.get(id)?.file;
    if (url === null) continue;
    if (file) kept.push({ id, upload, path, file, url });
    else wanted.push({ id, path, size, mtime, url });
  }
  for (const { id } of kept) if (known.has(id)) keptIds.add(id);
  queue.add(kept);
  setMissing(upload, wanted);
}

/** Files chosen again: resumes the uploads that wait for them and returns the rest. */
export function resumeWith(files: readonly Chosen[]): { resumed: number; others: readonly Chosen[] } {
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
 * Only one tab sends an upload: two would keep interrupting each other. The lock is released when the tab closes, and the
 * next tab takes over.
 */
async function withLock(upload: string, work: () => void | Promise<void>): Promise<void> {
  let acquired: () => void = () => undefined;
  holding.set(upload, new Promise((resolve) => (acquired = resolve)));
  // `locks` is there only in secure contexts, whatever the types say.
  if (!("locks" in navigator)) {
    await work();
    acquired();
    return;
  }
  await navigator.locks.request(`pmd-upload-${upload}`, async () => {
    const over = new Promise<void>((resolve) => ended.set(upload, resolve));
    await work();
    acquired();
    await over;
  });
}

function release(upload: string): void {
  ended.get(upload)?.();
  ended.delete(upload);
  holding.delete(upload);
}

/** What this tab is sending of an upload; null if nothing. */
export const useSending = (upload: string) => useStore(queue.views).get(upload) ?? null;
const none: readonly Wanted[] = [];
export const useMissingFiles = (upload: string) => useStore(missing).get(upload) ?? none;
