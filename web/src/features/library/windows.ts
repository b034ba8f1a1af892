/**
 * A virtual list of the library's files. It holds only windows of the list: fetched as they scroll into view, edited in
 * place, and refetched when the library has changed.
 */
import { ApiError } from "../../platform/apiError";
import type { Order } from "../../platform/selection";
import { createStore, type Store } from "../../platform/store";
import { shownIndex } from "./rows";
import type { Asset, AssetCounts, AssetPage, Facets } from "../../data/assets/schema";

/** Files per window. */
export const WINDOW = 96;
/** Files per request when all are needed; the service allows 512. */
const PIECE = 5 * WINDOW;
/** The delay before a failed window is fetched again, in milliseconds. */
export const RETRY_MS = 5000;

type Fetch = (offset: number, limit: number, signal: AbortSignal) => Promise<AssetPage>;
type Count = (signal: AbortSignal) => Promise<AssetCounts>;

/** What is known of the whole list. `version` changes with the contents of the windows. */
export interface Shown {
  readonly version: number;
  /** Null before the first response; the number of files up to a window's end until they are counted. */
  readonly total: number | null;
  readonly isExact: boolean;
  /** Nothing was found: a search with similar words. */
  readonly didYouMean: string | null;
  /** Null until the files are counted. */
  readonly facets: Facets | null;
  readonly error: Error | null;
}

const nothing: Shown = {
  version: 0,
  total: null,
  isExact: true,
  didYouMean: null,
  facets: null,
  error: null,
};

export class AssetWindows {
  readonly shown: Store<Shown> = createStore(nothing);
  /** Every file ever fetched: selected files stay known when they scroll out of view. */
  readonly known: Map<number, Asset>;
  readonly #fetch: Fetch;
  readonly #count: Count;
  #held = new Map<number, Asset>();
  #places = new Map<number, number>();
  #asked = new Map<number, Promise<void>>();
  #counting: Promise<void> | null = null;
  #leaving = new AbortController();
  #sight: readonly [first: number, last: number] = [0, 0];
  #isFrozen = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #whole: Promise<boolean> | null = null;
  #refreshing: Promise<void> | null = null;

  constructor(fetch: Fetch, count: Count, known = new Map<number, Asset>()) {
    this.#fetch = fetch;
    this.#count = count;
    this.known = known;
  }

  get total(): number {
    return this.shown.get().total ?? 0;
  }

  at(index: number): Asset | undefined {
    return this.#held.get(index);
  }

  /** A file's index in the list; -1 if unknown. */
  placeOf(id: number): number {
    return this.#places.get(id) ?? -1;
  }

  /** The ids of all loaded files, in list order. */
  ids(): number[] {
    return [...this.#held].sort(([a], [b]) => a - b).map(([, { id }]) => id);
  }

  /** Whether a file is stacked on its original, which it follows, and that stack is not spread. */
  isStacked(place: number, spread: ReadonlySet<number>): boolean {
    const parent = this.at(place)?.parent_asset_id ?? null;
    if (parent === null || spread.has(parent)) return false;
    const at = this.placeOf(parent);
    return at >= 0 && at < place;
  }

  /** The order of the files at these indices, which ascend. */
  order(shown: readonly number[]): Order {
    return {
      length: shown.length,
      at: (index) => this.at(shown[index] ?? -1)?.id,
      indexOf: (id) => shownIndex(shown, this.placeOf(id)),
      slice: (from, to) => shown.slice(from, to).flatMap((place) => this.at(place)?.id ?? []),
    };
  }

  /** The whole list, stacked and folded files included. */
  everything(): Order {
    return this.order(Array.from({ length: this.total }, (_, place) => place));
  }

  /** Mark these indices as visible and fetch what is missing of them. */
  async want(first: number, last: number): Promise<void> {
    this.#sight = [first, last];
    await this.ensure(first, last);
  }

  /** Fetch indices that are needed but not visible. */
  async ensure(first: number, last: number): Promise<void> {
    const { total } = this.shown.get();
    const end = total === null ? first : Math.min(last, total - 1);
    const wanted: Promise<void>[] = [];
    for (
      let window = Math.floor(Math.max(0, first) / WINDOW);
      window <= Math.floor(Math.max(0, end) / WINDOW);
      window++
    ) {
      if (total === null || this.#isMissing(window, total)) wanted.push(this.#ask(window));
    }
    await Promise.all(wanted);
    if (this.shown.get().total !== null) await this.#counts();
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
    for (let place = 0; place < this.total; place += PIECE) {
      const windows = Array.from({ length: PIECE / WINDOW }, (_, index) => place / WINDOW + index);
      if (!windows.some((window) => this.#isMissing(window, this.total))) continue;
      const page = await this.#fetchUnlessClosed(place, PIECE, signal);
      if (!page) return false;
      this.#take(place / WINDOW, page);
    }
    return true;
  }

  /** Null if the list was closed, or refreshed, meanwhile. */
  async #fetchUnlessClosed(offset: number, limit: number, signal: AbortSignal): Promise<AssetPage | null> {
    try {
      const page = await this.#fetch(offset, limit, signal);
      return signal.aborted ? null : page;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  #isMissing(window: number, total: number): boolean {
    for (let place = window * WINDOW; place < Math.min(total, (window + 1) * WINDOW); place++) {
      if (!this.#held.has(place)) return true;
    }
    return false;
  }

  #ask(window: number): Promise<void> {
    const asked = this.#asked.get(window) ?? this.#load(window, this.#leaving.signal);
    this.#asked.set(window, asked);
    return asked;
  }

  async #load(window: number, signal: AbortSignal): Promise<void> {
    try {
      const page = await this.#fetch(window * WINDOW, WINDOW, signal);
      if (!signal.aborted) this.#take(window, page);
    } catch (error) {
      if (!signal.aborted) this.#fail(error as Error);
    } finally {
      if (!signal.aborted) this.#asked.delete(window);
    }
  }

  #take(window: number, { items, next_cursor: next, did_you_mean: didYouMean }: AssetPage): void {
    const from = window * WINDOW;
    items.forEach((asset, index) => this.#put(from + index, asset));
    const { total, isExact } = this.shown.get();
    const end = from + items.length;
    // Until the files are counted the list ends where a window does.
    const isEnd = next === null && (items.length > 0 || from === 0);
    const isLonger = total === null || total < end;
    this.#tell({
      ...((isEnd || isLonger) && { total: end }),
      isExact: isEnd || (isExact && !isLonger),
      ...(from === 0 && { didYouMean }),
      error: null,
    });
  }

  /** Count the files, once the first of them are shown, and once again after each refresh. */
  #counts(): Promise<void> {
    return (this.#counting ??= this.#loadCounts(this.#leaving.signal));
  }

  async #loadCounts(signal: AbortSignal): Promise<void> {
    try {
      const { total_count: total, facets } = await this.#count(signal);
      if (!signal.aborted) this.#tell({ total, isExact: true, facets });
    } catch (error) {
      if (signal.aborted) return;
      this.#counting = null;
      this.#fail(error as Error);
    }
  }

  /** Bump the version later, so that subscribers fetch the missing windows again. */
  #fail(error: Error): void {
    this.shown.set({ ...this.shown.get(), error });
    // The same request would be refused again, such as a search that cannot be read.
    if (!(error instanceof ApiError) || error.isRetryable || error.status === 401) this.#retryLater();
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#tell({}), RETRY_MS);
  }

  #put(place: number, asset: Asset): void {
    this.#held.set(place, asset);
    this.#places.set(asset.id, place);
    this.known.set(asset.id, asset);
  }

  #tell(change: Partial<Shown>): void {
    const shown = this.shown.get();
    this.shown.set({ ...shown, ...change, version: shown.version + 1 });
  }

  /** Edit files in place; null removes one, and the files after it move up. */
  change(ids: ReadonlySet<number>, edit: (asset: Asset) => Asset | null): void {
    const held = [...this.#held].sort(([a], [b]) => a - b);
    this.#held = new Map();
    this.#places = new Map();
    let gone = 0;
    for (const [place, asset] of held) {
      const after = ids.has(asset.id) ? edit(asset) : asset;
      if (after === null && !this.#isFrozen) {
        gone += 1;
        this.known.delete(asset.id);
      } else this.#put(place - gone, after ?? asset);
    }
    for (const id of ids) {
      const asset = this.known.get(id);
      const after = asset && this.placeOf(id) < 0 && edit(asset);
      if (after) this.known.set(id, after);
    }
    this.#tell({ total: Math.max(0, this.total - gone) });
    if (gone > 0) void this.want(...this.#sight);
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
    const pages = (await Promise.all(asked)).filter((page) => page !== null);
    if (signal.aborted) return;
    this.#held = new Map();
    this.#places = new Map();
    pages.forEach((page, index) => this.#take(first + index, page));
    await this.#counts();
  }

  /** Abort pending requests. */
  close(): void {
    clearTimeout(this.#retry);
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#asked.clear();
    this.#counting = null;
  }
}
