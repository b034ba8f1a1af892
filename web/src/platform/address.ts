/**
 * The router: which page is open and its query parameters. One application serves all pages.
 *
 * Overlays are entries of the browser's history, so that Back closes them. What a link should not reopen (drawers, dialogs)
 * is kept in `history.state` instead of the URL; everything else here treats it like any other parameter.
 */
import { type MouseEvent, useCallback, useEffect, useEffectEvent, useSyncExternalStore } from "react";

import { whenIdle } from "./idle";

export const PAGES = ["posts", "library", "uploads", "packs", "tasks", "ops"] as const;
export type PageName = (typeof PAGES)[number];
export type Query = Record<string, string | null>;

/** Browsers refuse more than about a hundred `replaceState` calls in half a minute; typing must stay well below that. */
const WINDOW_MS = 30_000;
const MAX_WRITES = 50;
/** Wait before a refused write, or a traversal that never came, is tried again. */
const RETRY_MS = 1000;
/** A history step name for text fields: edits in quick succession are one step, not one per letter. */
export const TYPED = "typed";
/** Always a step of its own. */
export const NEW_STEP = "new";
/** Debounce: `replaceState` takes the browser longer than the page needs for a keystroke. */
const DEBOUNCE_MS = 150;
/** Changes of one step name closer together than this are one history step. */
const COALESCE_MS = 4000;
/** How many modal dialogs are open. */
const DIALOG = "dialog";
/** Parameters kept in `history.state`: a reload keeps them, a copied link does not, nor the way back to a page. */
const HIDDEN = ["tray", "side", "details", DIALOG] as const;
const withoutHidden: Query = Object.fromEntries(HIDDEN.map((name) => [name, null]));
const noStep = { name: "", at: -Infinity };

interface HistoryState {
  /** The key of the entry that this one was pushed from. */
  from?: string;
  /** The hidden parameters, as a query. */
  hidden?: string;
}

/** What a history entry shows. */
interface Entry {
  page: PageName;
  search: string;
  isStep: boolean;
}

const root = location.pathname.replace(/\/[^/]*\/?$/, "");
let page = pageOf(location.pathname);
let search = currentSearch();
/** The query that each page was left with: links to the page restore it. */
const lastSearch = new Map<PageName, string>();
let writes: number[] = [];
let writeTimer: ReturnType<typeof setTimeout> | undefined;
let stopIdle: () => void = () => undefined;
/** Completed steps that precede what is shown now. */
let unwritten: Entry[] = [];
/** The name of the last step, and when it last changed. */
let lastStep = noStep;
/** Whether what is shown now is to be pushed rather than replaced. */
let isStep = false;
/** The entry that our own `history.back()` leads to, until its popstate; nothing is written before. */
let goingTo: string | null = null;
let traversalTimer: ReturnType<typeof setTimeout> | undefined;
let isTraversal = false;
const listeners = new Set<() => void>();
const traversalListeners = new Set<() => void>();
/** Closes each open dialog, outermost first. */
const dialogs: (() => void)[] = [];

export function pageOf(path: string): PageName {
  const last = path.replace(/\/$/, "").split("/").at(-1);
  return PAGES.find((name) => name === last) ?? "posts";
}

/** The query with these parameters changed; null and "" remove one, so that defaults stay out of the URL. */
export function changedSearch(search: string, change: Query): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value) parameters.set(name, value);
    else parameters.delete(name);
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

function historyState(): HistoryState {
  return (history.state ?? {}) as HistoryState;
}

function visible(search: string): string {
  return changedSearch(search, withoutHidden);
}

function hidden(search: string): string {
  const parameters = new URLSearchParams(search);
  return changedSearch("", Object.fromEntries(HIDDEN.map((name) => [name, parameters.get(name)])));
}

/** The query of the current history entry, hidden parameters included. */
function currentSearch(): string {
  return changedSearch(location.search, Object.fromEntries(new URLSearchParams(historyState().hidden)));
}

const urlOf = (name: PageName, query: string) => `${root}/${name}${query}`;
/** Identifies a history entry by all that it shows. */
const keyOf = (name: PageName, query: string) => urlOf(name, visible(query)) + hidden(query);
const currentKey = () => keyOf(pageOf(location.pathname), currentSearch());

function notify(): void {
  for (const listener of listeners) listener();
}

/** Once input has paused and the browser is idle: writing must not delay the next interaction. */
function writeLater(): void {
  cancelWrite();
  writeTimer = setTimeout(() => {
    stopIdle = whenIdle(() => {
      write();
      return false;
    });
  }, DEBOUNCE_MS);
}

function cancelWrite(): void {
  clearTimeout(writeTimer);
  writeTimer = undefined;
  stopIdle();
}

/** Each step records where it was pushed from; a change that leads there again goes back instead of adding an entry. */
function write(): void {
  if (goingTo !== null) return;
  cancelWrite();
  unwritten.push({ page, search, isStep });
  isStep = false;
  const now = performance.now();
  writes = writes.filter((at) => now - at < WINDOW_MS);
  for (let next = unwritten.shift(); next; next = unwritten.shift()) {
    const from = currentKey();
    const key = keyOf(next.page, next.search);
    if (key === from) continue;
    const url = urlOf(next.page, visible(next.search));
    const state = { ...historyState(), hidden: hidden(next.search) };
    if (next.isStep) history.pushState({ ...state, from }, "", url);
    else if (state.from === key) {
      goingTo = key;
      lastStep = noStep;
      history.back();
      // Another navigation may have cancelled it.
      traversalTimer = setTimeout(() => {
        goingTo = null;
        write();
      }, RETRY_MS);
      return;
    } else if (unwritten.length === 0 && writes.length >= MAX_WRITES) {
      writeTimer = setTimeout(write, RETRY_MS);
      return;
    } else history.replaceState(state, "", url);
    writes.push(now);
  }
}

/** Whether a change continues the step before it. */
function continuesStep(name: string): boolean {
  const now = performance.now();
  const isSame = name !== NEW_STEP && lastStep.name === name && now - lastStep.at < COALESCE_MS;
  lastStep = { name, at: now };
  return isSame;
}

window.addEventListener("popstate", () => {
  const isOurs = goingTo === currentKey();
  goingTo = null;
  clearTimeout(traversalTimer);
  cancelWrite();
  if (isOurs) {
    write(); // what has changed meanwhile
    return;
  }
  unwritten = [];
  page = pageOf(location.pathname);
  search = currentSearch();
  lastStep = noStep;
  isStep = false;
  isTraversal = true;
  for (const listener of traversalListeners) listener();
  notify();
  const depth = Number(queryParam(DIALOG));
  for (const close of dialogs.slice(depth).reverse()) close();
  dropStaleDialogs();
});

/** After Forward or a reload an entry may name dialogs that are not open: it is left again. */
function dropStaleDialogs(): void {
  if (Number(queryParam(DIALOG)) > dialogs.length) closeTo(dialogs.length);
}

function closeTo(depth: number): void {
  setQuery({ [DIALOG]: depth > 0 ? String(depth) : null });
  write();
}

/** Whether what is shown was reached by Back or Forward: scroll positions are restored then. */
export function wasTraversal(): boolean {
  return isTraversal;
}

function searchOf(name: PageName, query: Query | undefined): string {
  return query ? changedSearch("", query) : (lastSearch.get(name) ?? "");
}

/** The URL of a page; without a query, as the page was left. */
export function pageHref(name: PageName, query?: Query): string {
  return urlOf(name, searchOf(name, query));
}

/** Open a page, as a history step. */
export function go(name: PageName, query?: Query): void {
  lastSearch.set(page, changedSearch(visible(search), { bdr: null }));
  step(name, searchOf(name, query));
}

/** Written immediately: Back may follow immediately. */
function step(toPage: PageName, toSearch: string): void {
  beginStep();
  [page, search] = [toPage, toSearch];
  [isTraversal, lastStep] = [false, noStep];
  write();
  notify();
}

/** What is opened from a dialog takes the dialog's history entry: the dialog closes, and Back must not lead to it. */
function beginStep(isFromDialog = queryParam(DIALOG) !== ""): void {
  unwritten.push({ page, search, isStep });
  isStep = !isFromDialog;
}

/**
 * Change query parameters. The page follows immediately, the URL after a moment. With a `name` the change is a history
 * step; consecutive changes of one name are one step.
 */
export function setQuery(change: Query, name = ""): void {
  const changed = changedSearch(search, change);
  if (changed === search) return;
  if (name && !continuesStep(name)) beginStep(false);
  search = changed;
  isTraversal = false;
  writeLater();
  notify();
}

/** Open an overlay that a query parameter names, as a history step. Another value replaces the one that is open. */
export function openOverlay(name: string, value: string): void {
  if (queryParam(name)) setQuery({ [name]: value });
  else step(page, changedSearch(search, { [name]: value, [DIALOG]: null }));
}

/** Close overlays as Back does; where a link opened them, the page below replaces them. */
export function closeOverlay(...names: string[]): void {
  write(); // so that Forward opens what was shown last
  setQuery(Object.fromEntries(names.map((name) => [name, null])));
  write();
}

/** A history step for a modal dialog, which may open further ones: Back calls `close`. Returns a function that ends it. */
export function openDialog(close: () => void): () => void {
  dialogs.push(close);
  beginStep(false);
  search = changedSearch(search, { [DIALOG]: String(dialogs.length) });
  write();
  notify();
  return () => {
    dialogs.splice(dialogs.indexOf(close), 1);
    dropStaleDialogs();
  };
}

/** While mounted and modal, Back calls `onClose` instead of leaving the page. */
export function useCloseOnBack(onClose: () => void, isModal = true): void {
  const close = useEffectEvent(onClose);
  useEffect(() => (isModal ? openDialog(() => close()) : undefined), [isModal]);
}

/** The user has gone Back or Forward: not told where an overlay that is closed takes its own entry back. */
export function onTraversal(listener: () => void): () => void {
  traversalListeners.add(listener);
  return () => traversalListeners.delete(listener);
}

/** A click that the browser should handle itself: a new tab, a new window, a download. */
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

/** The current value of a query parameter, "" where it is absent. */
export function queryParam(name: string): string {
  return new URLSearchParams(search).get(name) ?? "";
}

/** The same as a hook; changes of other parameters do not render. */
export function useQueryParam(name: string) {
  const value = useSyncExternalStore(subscribe, () => queryParam(name));
  const set = useCallback((to: string | null) => setQuery({ [name]: to }), [name]);
  return [value, set] as const;
}

/** The query parameter of an overlay, and what opens and closes it. */
export function useOverlay(name: string) {
  const value = useSyncExternalStore(subscribe, () => queryParam(name));
  const open = useCallback((to: string) => openOverlay(name, to), [name]);
  const close = useCallback(() => closeOverlay(name), [name]);
  return [value, open, close] as const;
}

/** The whole query as it is in the URL. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => visible(search));
}

// After a reload with a dialog open.
dropStaleDialogs();
