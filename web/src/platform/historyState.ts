/** What the router keeps in each entry of the browser's history besides its URL. */

interface HistoryState {
  /** The key of the entry that this one was pushed from. */
  from?: string;
  /** The browser's own key of that entry, where it tells. */
  fromEntry?: string | undefined;
  /** The drawers, as a query. */
  hidden?: string;
}

declare global {
  interface Window {
    /** The Navigation API, which TypeScript does not declare; older browsers have none. */
    readonly navigation?: {
      readonly currentEntry: NavigationHistoryEntry | null;
      entries(): NavigationHistoryEntry[];
    };
  }
}

export function historyState(): HistoryState {
  return (history.state ?? {}) as HistoryState;
}

/** The browser's own key of the current entry; undefined in browsers that do not tell. */
export function entryKey(): string | undefined {
  return window.navigation?.currentEntry?.key;
}

/**
 * Whether the entry behind the current one is the one that its state names. It is another one where an entry was pushed
 * while the page was being reloaded: Chromium gives its state to the reloaded entry, and Back would leave the site.
 */
export function isPushedFromBehind({ fromEntry }: HistoryState): boolean {
  const { navigation } = window;
  if (fromEntry === undefined || !navigation?.currentEntry) return true;
  return navigation.entries()[navigation.currentEntry.index - 1]?.key === fromEntry;
}
