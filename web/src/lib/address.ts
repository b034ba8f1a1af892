/** The address as state: which page is open, and what its query says. One application serves all of them. */
import { type MouseEvent, useCallback, useSyncExternalStore } from "react";

import { inIdleMoments } from "./idle";

export const PAGES = ["posts", "library", "uploads", "packs", "tasks", "ops"] as const;
export type PageName = (typeof PAGES)[number];
export type Query = Record<string, string | null>;

/** Browsers refuse more than some hundred changes of the address in half a minute; typing must not come near. */
const WINDOW_MS = 30_000;
const MOST_WRITES = 50;
const LATER_MS = 1000;
/** The step that is typed: a word, letter by letter. */
export const TYPED = "typed";
/** Written when it has come to rest: the browser takes longer for it than the page for a letter. */
const REST_MS = 150;
/** Changes of one kind that follow one another so soon are one step back. */
const ONE_STEP_MS = 4000;

const root = location.pathname.replace(/\/[^/]*\/?$/, "");
let page = pageOf(location.pathname);
let search = location.search;
/** How each page was left: its name in the navigation leads back to that. */
const left = new Map<PageName, string>();
let writes: number[] = [];
let writeTimer: ReturnType<typeof setTimeout> | undefined;
let stopIdle: () => void = () => undefined;
/** Steps that are done already, and come into the history before what is shown now. */
let unwritten: { search: string; isStep: boolean }[] = [];
/** The kind of step that was last written into the history, and when it last changed. */
let lastStep = { name: "", at: -Infinity };
/** Whether what is to be written is a step of its own. */
let isStep = false;
/** How often the visitor has gone back or forth: who keeps places learns from it that this is a return. */
let returns = 0;
const listeners = new Set<() => void>();

export function pageOf(path: string): PageName {
  const last = path.replace(/\/$/, "").split("/").at(-1);
  return PAGES.find((name) => name === last) ?? "posts";
}

/** The query with these parts changed; null and "" take a part away, so that what is usual is not in the address. */
export function changedSearch(search: string, change: Query): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value) parameters.set(name, value);
    else parameters.delete(name);
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

function tell(): void {
  for (const listener of listeners) listener();
}

/** When it has come to rest, and nothing else is to be done: it may be the time of the next act. */
function writeLater(): void {
  stopWriting();
  writeTimer = setTimeout(() => {
    stopIdle = inIdleMoments(() => {
      write();
      return false;
    });
  }, REST_MS);
}

function stopWriting(): void {
  clearTimeout(writeTimer);
  writeTimer = undefined;
  stopIdle();
}

function write(): void {
  stopWriting();
  unwritten.push({ search, isStep });
  isStep = false;
  const now = performance.now();
  writes = writes.filter((at) => now - at < WINDOW_MS);
  for (let next = unwritten.shift(); next; next = unwritten.shift()) {
    if (location.search === next.search) continue;
    if (writes.length >= MOST_WRITES) {
      unwritten.unshift(next);
      writeTimer = setTimeout(write, LATER_MS);
      return;
    }
    writes.push(now);
    const address = `${root}/${page}${next.search}${location.hash}`;
    if (next.isStep) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }
}

/** Whether a change goes on with the one before: a word is one step back, not one a letter. */
function goesOn(name: string): boolean {
  const now = performance.now();
  const isSame = lastStep.name === name && now - lastStep.at < ONE_STEP_MS;
  lastStep = { name, at: now };
  return isSame;
}

window.addEventListener("popstate", () => {
  stopWriting();
  unwritten = [];
  page = pageOf(location.pathname);
  search = location.search;
  lastStep = { name: "", at: -Infinity };
  isStep = false;
  returns += 1;
  tell();
});

export function countReturns(): number {
  return returns;
}

function searchOf(name: PageName, query: Query | undefined): string {
  return query ? changedSearch("", query) : (left.get(name) ?? "");
}

/** Where a page is, for links; without a query as it was left. */
export function pageHref(name: PageName, query?: Query): string {
  return `${root}/${name}${searchOf(name, query)}`;
}

/** Open a page; “back” leads to where one was. */
export function go(name: PageName, query?: Query): void {
  write();
  stopWriting();
  unwritten = [];
  left.set(page, changedSearch(search, { bdr: null }));
  page = name;
  search = searchOf(name, query);
  history.pushState(null, "", `${root}/${page}${search}`);
  tell();
}

/**
 * Change parts of the query; what the page shows follows at once, and a moment later the address. With a `name` it is a step that “back” undoes; steps of one name that follow one another are one.
 */
export function setQuery(change: Query, name = ""): void {
  const changed = changedSearch(search, change);
  if (changed === search) return;
  if (name && !goesOn(name)) {
    unwritten.push({ search, isStep });
    isStep = true;
  }
  search = changed;
  writeLater();
  tell();
}

/** A click that the browser itself should take: a new tab, a new window, a download. */
export function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentPage(): PageName {
  return page;
}

export function usePageName(): PageName {
  return useSyncExternalStore(subscribe, currentPage);
}

/** One part of the query as it is now, "" where it is not there. */
export function queryPart(name: string): string {
  return new URLSearchParams(search).get(name) ?? "";
}

/** The same, followed; a change of other parts draws nothing anew. */
export function useQueryPart(name: string) {
  const value = useSyncExternalStore(subscribe, () => queryPart(name));
  const set = useCallback((to: string | null) => setQuery({ [name]: to }), [name]);
  return [value, set] as const;
}

/** The whole query as text, for those who read several parts of it. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => search);
}
