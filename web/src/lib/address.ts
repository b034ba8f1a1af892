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
/** A step of its own, whatever was done just before. */
export const OWN = "own";
/** Written when it has come to rest: the browser takes longer for it than the page for a letter. */
const REST_MS = 150;
/** Changes of one kind that follow one another so soon are one step back. */
const ONE_STEP_MS = 4000;
/** The drawers of the pages: who comes back to a page finds them closed. */
const noDrawer: Query = { tray: null, side: null };
const noStep = { name: "", at: -Infinity };

const root = location.pathname.replace(/\/[^/]*\/?$/, "");
let page = pageOf(location.pathname);
let search = changedSearch(location.search, {});
/** How each page was left: its name in the navigation leads back to that. */
const left = new Map<PageName, string>();
let writes: number[] = [];
let writeTimer: ReturnType<typeof setTimeout> | undefined;
let stopIdle: () => void = () => undefined;
/** Steps that are done already, and come into the history before what is shown now. */
let unwritten: { page: PageName; search: string; isStep: boolean }[] = [];
/** The kind of step that was last written into the history, and when it last changed. */
let lastStep = noStep;
/** Whether what is to be written is a step of its own. */
let isStep = false;
/** The address that the browser goes back to because we asked: it takes a moment, and nothing is written before. */
let goingTo: string | null = null;
let isReturn = false;
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

const addressOf = (name: PageName, query: string) => `${root}/${name}${query}`;
const written = () => addressOf(pageOf(location.pathname), changedSearch(location.search, {}));
const cameFrom = () => (history.state as { from: string } | null)?.from;

/**
 * Each step notes where it came from. What leads there again is the way back, and not the same place a second time: so
 * what is closed leaves no step behind that would do nothing, or open it again.
 */
function write(): void {
  stopWriting();
  if (goingTo !== null) return;
  unwritten.push({ page, search, isStep });
  isStep = false;
  const now = performance.now();
  writes = writes.filter((at) => now - at < WINDOW_MS);
  for (let next = unwritten.shift(); next; next = unwritten.shift()) {
    const from = written();
    const address = addressOf(next.page, next.search);
    if (address === from) continue;
    if (next.isStep) history.pushState({ from }, "", address);
    else if (cameFrom() === address) {
      goingTo = address;
      lastStep = noStep;
      history.back();
      return;
    } else if (unwritten.length === 0 && writes.length >= MOST_WRITES) {
      writeTimer = setTimeout(write, LATER_MS);
      return;
    } else history.replaceState(history.state, "", address);
    writes.push(now);
  }
}

/** Whether a change goes on with the one before: a word is one step back, not one a letter. */
function goesOn(name: string): boolean {
  const now = performance.now();
  const isSame = name !== OWN && lastStep.name === name && now - lastStep.at < ONE_STEP_MS;
  lastStep = { name, at: now };
  return isSame;
}

window.addEventListener("popstate", () => {
  const isAsked = goingTo === written();
  goingTo = null;
  if (isAsked) {
    write(); // what was done meanwhile
    return;
  }
  stopWriting();
  unwritten = [];
  page = pageOf(location.pathname);
  search = changedSearch(location.search, {});
  lastStep = noStep;
  isStep = false;
  isReturn = true;
  tell();
});

/** Whether what is shown now was come to by going back or forth: who keeps places leads there again. */
export function hasReturned(): boolean {
  return isReturn;
}

function searchOf(name: PageName, query: Query | undefined): string {
  return query ? changedSearch("", query) : (left.get(name) ?? "");
}

/** Where a page is, for links; without a query as it was left. */
export function pageHref(name: PageName, query?: Query): string {
  return addressOf(name, searchOf(name, query));
}

/** Open a page; “back” leads to where one was. */
export function go(name: PageName, query?: Query): void {
  left.set(page, changedSearch(search, { bdr: null, ...noDrawer }));
  step(name, searchOf(name, query));
}

/** Written at once: “back” may follow at once. */
function step(toPage: PageName, toSearch: string): void {
  unwritten.push({ page, search, isStep });
  [page, search, isStep] = [toPage, toSearch, true];
  [isReturn, lastStep] = [false, noStep];
  write();
  tell();
}

/**
 * Change parts of the query; what the page shows follows at once, and a moment later the address. With a `name` it is a step that “back” undoes; steps of one name that follow one another are one.
 */
export function setQuery(change: Query, name = ""): void {
  const changed = changedSearch(search, change);
  if (changed === search) return;
  if (name && !goesOn(name)) {
    unwritten.push({ page, search, isStep });
    isStep = true;
  }
  search = changed;
  isReturn = false;
  writeLater();
  tell();
}

/** Open what covers the page, one thing of a part of the query: a step that “back” closes. The next one there is none. */
export function openPart(name: string, value: string): void {
  if (queryPart(name)) setQuery({ [name]: value });
  else step(page, changedSearch(search, { [name]: value }));
}

/** Close it, as “back” does; where a link has led to it, the page that it covered takes its place. */
export function closePart(...names: string[]): void {
  write(); // so that “forward” opens what was looked at last
  setQuery(Object.fromEntries(names.map((name) => [name, null])));
  write();
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

/** A part that opens what covers the page. */
export function useOpened(name: string) {
  const value = useSyncExternalStore(subscribe, () => queryPart(name));
  const open = useCallback((to: string) => openPart(name, to), [name]);
  const close = useCallback(() => closePart(name), [name]);
  return [value, open, close] as const;
}

/** The whole query as text, for those who read several parts of it. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => search);
}
