/**
 * The router: which page is open and its query parameters. One application serves all pages.
 *
 * Overlays are entries of the browser's history, so that Back closes them. What a link should not reopen (drawers, dialogs)
 * is kept in `history.state` instead of the URL; everything else here treats it like any other parameter.
 */
import { type MouseEvent, useCallback, useEffectEvent, useLayoutEffect, useMemo, useSyncExternalStore } from "react";

import {
  changedSearch,
  DRAWERS,
  type Name,
  type NameOf,
  type PageName,
  PAGES,
  type Parameters,
  pickedSearch,
  type Query,
  queryOf,
  readParameters,
} from "./parameters";
import { entryKey, historyState, isPushedFromBehind } from "./historyState";

/** A history step name for text fields: edits in quick succession are one step, not one per letter. */
export const TYPED = "typed";
/** Always a step of its own. */
export const NEW_STEP = "new";
/** Changes of one step name closer together than this are one history step. */
const COALESCE_MS = 4000;
/**
 * Debounce of what is no step of its own: browsers refuse more than about a hundred writes in half a minute, and each
 * takes them longer than the page needs for a keystroke.
 */
const DEBOUNCE_MS = 400;
/**
 * A traversal that has not come after this long is given up: another navigation has cancelled it. One that is only slow
 * must not be, on a busy machine neither: it would pass for the user's own, and close what was opened meanwhile.
 */
const TRAVERSAL_MS = 5000;
const withoutDrawers: Query = Object.fromEntries(DRAWERS.map((name) => [name, null]));
const noStep = { name: "", at: -Infinity };

/** What a history entry shows. */
interface Place {
  readonly page: PageName;
  /** The query, drawers included. */
  readonly search: string;
}

const root = location.pathname.replace(/\/[^/]*\/?$/, "");
let shown = writtenPlace();
/** The query that each page was left with: links to the page restore it. */
const lastSearch = new Map<PageName, string>();
/** Completed steps that precede what is shown, and whether each, and that, is to be pushed rather than replaced. */
let unwritten: (Place & { isStep: boolean })[] = [];
let isStep = false;
/** The name of the last step, and when it last changed. */
let lastStep = noStep;
let writeTimer: ReturnType<typeof setTimeout> | undefined;
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

/** What the browser's current history entry shows. */
function writtenPlace(): Place {
  const drawers = Object.fromEntries(new URLSearchParams(historyState().hidden));
  return { page: pageOf(location.pathname), search: changedSearch(location.search, drawers) };
}

const urlOf = ({ page, search }: Place) => `${root}/${page}${changedSearch(search, withoutDrawers)}`;
const hiddenOf = ({ search }: Place) => pickedSearch(search, DRAWERS);
/** Identifies a history entry by all that it shows. */
const keyOf = (place: Place) => urlOf(place) + hiddenOf(place);

function notify(): void {
  for (const listener of listeners) listener();
}

/** Each step records where it was pushed from; a change that leads there again goes back instead of adding an entry. */
function write(): void {
  clearTimeout(writeTimer);
  if (goingTo !== null) return;
  unwritten.push({ ...shown, isStep });
  isStep = false;
  for (let next = unwritten.shift(); next; next = unwritten.shift()) {
    const from = keyOf(writtenPlace());
    const key = keyOf(next);
    if (key === from) continue;
    const state = { ...historyState(), hidden: hiddenOf(next) };
    if (next.isStep) {
      history.pushState({ ...state, from, fromEntry: entryKey() }, "", urlOf(next));
    } else if (state.from === key && isPushedFromBehind(state)) {
      goingTo = key;
      lastStep = noStep;
      history.back();
      traversalTimer = setTimeout(() => {
        goingTo = null;
        // Not back once more: both together would leave the site.
        history.replaceState(state, "", urlOf(next));
        write();
      }, TRAVERSAL_MS);
      return;
    } else history.replaceState(state, "", urlOf(next));
  }
}

window.addEventListener("pagehide", write);
window.addEventListener("popstate", () => {
  const isOurs = goingTo === keyOf(writtenPlace());
  goingTo = null;
  clearTimeout(traversalTimer);
  clearTimeout(writeTimer);
  if (isOurs) {
    write(); // what has changed meanwhile
    return;
  }
  unwritten = [];
  shown = writtenPlace();
  lastStep = noStep;
  isStep = false;
  isTraversal = true;
  for (const listener of traversalListeners) listener();
  notify();
  for (const close of dialogs.slice(openDialogs()).reverse()) close();
  dropStaleDialogs();
});

const openDialogs = () => Number(queryParam("dialog"));

/** After Forward or a reload an entry may name dialogs that are not open: it is left again. */
function dropStaleDialogs(): void {
  if (openDialogs() <= dialogs.length) return;
  setQuery({ dialog: dialogs.length > 0 ? String(dialogs.length) : null });
  write();
}

/** Whether what is shown was reached by Back or Forward: scroll positions are restored then. */
export function wasTraversal(): boolean {
  return isTraversal;
}

function placeOf<Page extends PageName>(page: Page, values?: Partial<Parameters<Page>>): Place {
  return { page, search: values ? changedSearch("", queryOf(page, values)) : (lastSearch.get(page) ?? "") };
}

/** The URL of a page; without parameters, as the page was left. */
export function pageHref<Page extends PageName>(page: Page, values?: Partial<Parameters<Page>>): string {
  return urlOf(placeOf(page, values));
}

/** Open a page, as a history step. */
export function go<Page extends PageName>(page: Page, values?: Partial<Parameters<Page>>): void {
  lastSearch.set(shown.page, changedSearch(shown.search, { ...withoutDrawers, bdr: null }));
  step(placeOf(page, values));
}

function step(to: Place): void {
  beginStep();
  shown = to;
  [isTraversal, lastStep] = [false, noStep];
  write();
  notify();
}

/** What is opened from a dialog takes the dialog's history entry: the dialog closes, and Back must not lead to it. */
function beginStep(isFromDialog = openDialogs() > 0): void {
  unwritten.push({ ...shown, isStep });
  isStep = !isFromDialog;
}

/** Whether a change continues the step before it. */
function continuesStep(name: string): boolean {
  const now = performance.now();
  const isSame = name !== NEW_STEP && lastStep.name === name && now - lastStep.at < COALESCE_MS;
  lastStep = { name, at: now };
  return isSame;
}

/**
 * Change query parameters. The page follows immediately, and so does the URL where that is a history step, which has a
 * `name`: consecutive changes of one name are one step. What is typed is written after a moment.
 */
export function setQuery(change: Query, name = ""): void {
  const search = changedSearch(shown.search, change);
  if (search === shown.search) return;
  const isNew = name !== "" && !continuesStep(name);
  if (isNew) beginStep(false);
  shown = { ...shown, search };
  isTraversal = false;
  clearTimeout(writeTimer);
  if (isNew && !name.startsWith(TYPED)) write();
  else writeTimer = setTimeout(write, DEBOUNCE_MS);
  notify();
}

/** The same for parameters of a page: what is usual stays out of the URL. */
export function setParameters<Page extends PageName>(page: Page, values: Partial<Parameters<Page>>, name = ""): void {
  setQuery(queryOf(page, values), name);
}

/**
 * Open an overlay that a query parameter names, as a history step, with further parameters that belong to it. Another
 * value replaces the one that is open.
 */
export function openOverlay(name: Name, value: string | number, further: Query = {}): void {
  const change = { ...further, [name]: String(value) };
  if (queryParam(name)) setQuery(change);
  else step({ ...shown, search: changedSearch(shown.search, { ...change, dialog: null }) });
}

/** Close overlays as Back does; where a link opened them, the page below replaces them. */
export function closeOverlay(...names: Name[]): void {
  write(); // so that Forward opens what was shown last
  setQuery(Object.fromEntries(names.map((name) => [name, null])));
  write();
}

/**
 * A history step for a modal dialog, which may open further ones: Back calls `close`. Returns a function that ends it: in
 * a moment, so that a dialog that opens as another ends has that one's step. A way back and forth would meet the user's
 * own Back.
 */
export function openDialog(close: () => void): () => void {
  dialogs.push(close);
  beginStep(false);
  shown = { ...shown, search: changedSearch(shown.search, { dialog: String(dialogs.length) }) };
  write(); // nothing, where the step is there already
  notify();
  return () => {
    dialogs.splice(dialogs.indexOf(close), 1);
    queueMicrotask(dropStaleDialogs);
  };
}

/** While mounted and modal, Back calls `onClose` instead of leaving the page, from when it is seen. */
export function useCloseOnBack(onClose: () => void, isModal = true): void {
  const close = useEffectEvent(onClose);
  useLayoutEffect(() => (isModal ? openDialog(() => close()) : undefined), [isModal]);
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

export const currentPage = () => shown.page;
export const usePageName = () => useSyncExternalStore(subscribe, currentPage);

/** The current value of a query parameter, "" where it is absent. */
export function queryParam(name: Name): string {
  return new URLSearchParams(shown.search).get(name) ?? "";
}

/** The part of the query that these parameters are. */
export function useQuery(names: readonly Name[]): string {
  return useSyncExternalStore(subscribe, () => pickedSearch(shown.search, names).slice(1));
}

/** These parameters of the page, the same object until one of them changes. Pass the same array each time. */
export function useParameters<Page extends PageName, Some extends NameOf<Page>>(page: Page, names: readonly Some[]) {
  const search = useQuery(names as readonly string[] as readonly Name[]);
  return useMemo(() => readParameters(page, search, names), [page, search, names]);
}

/** The query parameter of an overlay, and what opens and closes it. */
export function useOverlay(name: Name) {
  const value = useSyncExternalStore(subscribe, () => queryParam(name));
  const open = useCallback((to: string | number) => openOverlay(name, to), [name]);
  const close = useCallback(() => closeOverlay(name), [name]);
  return [value, open, close] as const;
}

// After a reload with a dialog open.
dropStaleDialogs();
