/**
 * A virtual list of the library's files, of which only windows are fetched: as they scroll into view. Windows are values
 * that never change; a list puts the next ones in their place.
 */
import type { Asset, AssetCounts, AssetPage, Facets } from "../../data/assets/schema";
import { PMDError } from "@pmd/client";
import { indexIn } from "../../platform/selection";
import { createStore } from "../../platform/store";

/** Files per window. */
export const WINDOW = 96;
/** Files per request when all are needed; the service allows 512. */
const PIECE = 5 * WINDOW;
/** The delay before a failed window is fetched again, in milliseconds. */
export const RETRY_MS = 5000;

export type Items = readonly (Asset | undefined)[];

export interface Windows {
  /** By index; undefined where not fetched. */
  readonly items: Items;
  /** Before the first response. */
  readonly isLoading: boolean;
  /** False until the files are counted: there may be more than `items`. */
  readonly isExact: boolean;
  /** Nothing was found: a search with similar words. */
  readonly didYouMean: string | null;
  /** Null until the files are counted. */
  readonly facets: Facets | null;
  readonly error: Error | null;
}

const nothing = { items: [], isLoading: true, isExact: true, didYouMean: null, facets: null, error: null };

function resized(items: Items, length: number): (Asset | undefined)[] {
  const more = length - items.length;
  return more <= 0 ? items.slice(0, length) : items.concat(Array<undefined>(more).fill(undefined));
}

/** With a page of files that begins at this index. Until the files are counted the list ends where a page does. */
function withPage(windows: Windows, from: number, page: AssetPage): Windows {
  const end = from + page.items.length;
  const isEnd = page.next_cursor === null && (page.items.length > 0 || from === 0);
  const isLonger = windows.isLoading || windows.items.length < end;
  const items = resized(windows.items, isEnd || isLonger ? end : windows.items.length);
  page.items.forEach((asset, index) => (items[from + index] = asset));
  return {
    ...{ ...windows, items, isLoading: false, error: null },
    isExact: isEnd || (windows.isExact && !isLonger),
    didYouMean: from === 0 ? page.did_you_mean : windows.didYouMean,
  };
}

function withCounts(windows: Windows, { total_count: total, facets }: AssetCounts): Windows {
  return { ...windows, items: resized(windows.items, total), isExact: true, facets, error: null };
}

/** With these files edited; null removes one, unless it `stays`, and the files after it move up. */
export function withEdits(
  windows: Windows,
  ids: ReadonlySet<number>,
  edit: (asset: Asset) => Asset | null,
  stays: boolean,
): Windows {
  const items: (Asset | undefined)[] = [];
  for (const asset of windows.items) {
    const after = asset && ids.has(asset.id) ? edit(asset) : asset;
    if (after !== null) items.push(after);
    else if (stays) items.push(asset);
  }
  return { ...windows, items };
}

/** The numbers of the windows that are needed for these indices and not fetched. */
function missingWindows({ items, isLoading }: Windows, first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / WINDOW);
  if (isLoading) return [from];
  const count = Math.floor(Math.max(0, Math.min(last, items.length - 1)) / WINDOW) - from + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => from + index).filter((window) =>
    items.slice(window * WINDOW, (window + 1) * WINDOW).includes(undefined),
  );
}

/** An edit of listed files; null removes one. */
interface Edit {
  readonly ids: ReadonlySet<number>;
  readonly edit: (asset: Asset) => Asset | null;
}

/** Edits, in any list, that the service has not answered yet: what it lists may be without them. */
const unanswered = new Set<Edit>();

/** A page, and the edits that it may be without: those unanswered when it was asked for, and those made since. */
interface Fetched {
  readonly page: AssetPage;
  readonly edits: Edit[];
}

interface Source {
  fetch: (offset: number, limit: number, signal: AbortSignal) => Promise<AssetPage>;
  count: (signal: AbortSignal) => Promise<AssetCounts>;
}

/** One list: its present windows, and what fetches, edits and refreshes them. */
export class AssetList {
  readonly windows = createStore<Windows>(nothing);
  #asked = new Map<number, Promise<void>>();
  #counting: Promise<void> | null = null;
  #leaving = new AbortController();
  #sight: readonly [first: number, last: number] = [0, 0];
  #isFrozen = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #whole: Promise<boolean> | null = null;
  /** The edits of each page that is being fetched. */
  #fetching = new Set<Edit[]>();
  #refreshing: Promise<void> | null = null;

  constructor(
    private readonly source: Source,
    /** Every file ever fetched: selected files stay known when they leave the windows. */
    readonly known = new Map<number, Asset>(),
  ) {}

  /** Mark these indices as visible and fetch what is missing of them. */
  async want(first: number, last: number): Promise<void> {
    this.#sight = [first, last];
    await this.ensure(first, last);
  }

  /** Fetch indices that are needed but not visible. */
  async ensure(first: number, last: number): Promise<void> {
    await Promise.all(missingWindows(this.windows.get(), first, last).map((window) => this.#ask(window)));
    if (!this.windows.get().isLoading) await this.#counts();
  }

  /** While frozen (during a review) files do not leave the list. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
  }

  /** Load the whole list in large pages; false if the list was closed meanwhile. */
  all(): Promise<boolean> {
    this.#whole ??= this.#loadAll().finally(() => (this.#whole = null));
    return this.#whole;
  }

  async #loadAll(): Promise<boolean> {
    // A refresh drops what has been loaded: this waits for one that has begun, and the next one for this.
    while (this.#refreshing) await this.#refreshing;
    const { signal } = this.#leaving;
    await this.#counts();
    if (signal.aborted) return false;
    for (let place = 0; place < this.windows.get().items.length; place += PIECE) {
      if (missingWindows(this.windows.get(), place, place + PIECE - 1).length === 0) continue;
      const fetched = await this.#fetchUnlessClosed(place, PIECE, signal);
      if (!fetched) return false;
      this.#take(place, fetched);
    }
    return true;
  }

  /** Null if the list was closed, or refreshed, meanwhile. */
  async #fetchUnlessClosed(offset: number, limit: number, signal: AbortSignal): Promise<Fetched | null> {
    const edits = [...unanswered];
    this.#fetching.add(edits);
    try {
      const page = await this.source.fetch(offset, limit, signal);
      return signal.aborted ? null : { page, edits };
    } catch (error) {
      if (signal.aborted) return null;
      this.#fetching.delete(edits);
      throw error;
    }
  }

  #ask(window: number): Promise<void> {
    const asked = this.#asked.get(window) ?? this.#load(window, this.#leaving.signal);
    this.#asked.set(window, asked);
    return asked;
  }

  async #load(window: number, signal: AbortSignal): Promise<void> {
    try {
      const fetched = await this.#fetchUnlessClosed(window * WINDOW, WINDOW, signal);
      if (fetched) this.#take(window * WINDOW, fetched);
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      if (!signal.aborted) this.#asked.delete(window);
    }
  }

  #take(from: number, { page, edits }: Fetched, windows = this.windows.get()): void {
    for (const asset of page.items) this.known.set(asset.id, asset);
    this.windows.set(withPage(windows, from, page));
    for (const { ids, edit } of edits) {
      const taken = page.items.map(({ id }) => id).filter((id) => ids.has(id));
      this.#edit({ ids: new Set(taken), edit });
    }
    this.#fetching.delete(edits);
  }

  /** Count the files, once the first of them are shown, and once again after each refresh. */
  #counts(): Promise<void> {
    return (this.#counting ??= this.#loadCounts(this.#leaving.signal));
  }

  async #loadCounts(signal: AbortSignal): Promise<void> {
    try {
      const counts = await this.source.count(signal);
      if (signal.aborted) return;
      const windows = this.windows.get();
      // A frozen list keeps the files that have left it: it is not its last ones that are too many.
      const least = this.#isFrozen ? windows.items.length : 0;
      this.windows.set(withCounts(windows, { ...counts, total_count: Math.max(counts.total_count, least) }));
    } catch (error) {
      if (signal.aborted) return;
      this.#counting = null;
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.windows.set({ ...this.windows.get(), error });
    // The same request would be refused again, such as a search that cannot be read.
    if (!(error instanceof PMDError) || error.isRetryable || error.status === 401) this.#retryLater();
  }

  /** Other items later, so that those who show them want the missing windows again. */
  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      const windows = this.windows.get();
      this.windows.set({ ...windows, items: windows.items.slice() });
    }, RETRY_MS);
  }

  /**
   * Edit files in place; null removes one, and the files after it move up. Pages that were asked for before the service
   * has answered the request for it are edited when they arrive.
   */
  change(ids: Edit["ids"], edit: Edit["edit"], answered: Promise<unknown> = Promise.resolve()): void {
    const made = { ids, edit };
    for (const edits of this.#fetching) edits.push(made);
    unanswered.add(made);
    const forget = () => unanswered.delete(made);
    answered.then(forget, forget);
    this.#edit(made);
  }

  /** A file that was read alone: others may have changed it while the list is frozen. What is being set stays. */
  update(asset: Asset): void {
    const known = this.known.get(asset.id);
    if (!known || Date.parse(asset.updated_at) <= Date.parse(known.updated_at)) return;
    const ids = new Set([asset.id]);
    this.#edit({ ids, edit: () => asset });
    for (const made of unanswered) if (made.ids.has(asset.id)) this.#edit({ ids, edit: made.edit });
  }

  #edit({ ids, edit }: Edit): void {
    const before = this.windows.get();
    const after = withEdits(before, ids, edit, this.#isFrozen);
    for (const id of ids) {
      const asset = this.known.get(id);
      const edited = asset && edit(asset);
      if (edited) this.known.set(id, edited);
      else if (!this.#isFrozen && indexIn(before.items, id) >= 0) this.known.delete(id);
    }
    this.windows.set(after);
    if (after.items.length < before.items.length) void this.want(...this.#sight);
  }

  /** Refetch the visible windows; the others are refetched when they scroll into view. */
  async refresh(): Promise<void> {
    await this.#whole?.catch(() => undefined);
    if (this.#isFrozen) return;
    this.close();
    const refetched = this.#refetch(this.#leaving.signal);
    const refreshing = refetched
      .catch(() => undefined)
      .then(() => {
        if (this.#refreshing === refreshing) this.#refreshing = null;
      });
    this.#refreshing = refreshing;
    await refetched.catch((error: unknown) => {
      this.#retryLater(); // what is missing: closing has cleared the timer of a fetch that failed before
      throw error;
    });
  }

  async #refetch(signal: AbortSignal): Promise<void> {
    const [first, last] = this.#sight.map((place) => Math.floor(place / WINDOW)) as [number, number];
    const windows = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const asked = windows.map((window) => this.#fetchUnlessClosed(window * WINDOW, WINDOW, signal));
    const taken = Promise.all(asked).then((answers) => {
      if (signal.aborted) return;
      const pages = answers.filter((fetched) => fetched !== null);
      const before = this.windows.get();
      const none = { ...before, items: resized([], before.items.length) };
      pages.forEach((fetched, index) => this.#take((first + index) * WINDOW, fetched, index === 0 ? none : undefined));
    });
    // Whoever wants the counts meanwhile waits, too: they would cut the end off files that are older.
    const counted = taken.then(
      () => (signal.aborted ? undefined : this.#loadCounts(signal)),
      () => {
        if (!signal.aborted) this.#counting = null;
      },
    );
    this.#counting = counted;
    await taken;
    await counted;
  }

  /** Abort pending requests. */
  close(): void {
    clearTimeout(this.#retry);
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#asked.clear();
    this.#fetching.clear();
    this.#counting = null;
  }
}
