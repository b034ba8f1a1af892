/**
 * A library's list of which only what is looked at is here: windows of it, fetched as they come into sight, changed in
 * place, and fetched again when the library has changed.
 */
import { createStore, type Store } from "../lib/store";
import type { Asset, AssetPage, Facets } from "./schema";

/** Files a window. */
export const WINDOW = 96;
/** Files a piece, where all are wanted: the service gives no more at once than 512. */
const PIECE = 5 * WINDOW;
/** What could not be had is asked for again so much later, and not as soon as it is missed. */
export const RETRY_MS = 5000;

type Page = Omit<AssetPage, "next_cursor">;
type Fetch = (offset: number, limit: number, signal: AbortSignal) => Promise<Page>;

/** What is known of the whole list; `version` changes with all that is held. */
export interface Shown {
  readonly version: number;
  /** Null before anything is known. */
  readonly total: number | null;
  readonly isExact: boolean;
  readonly isSoFar: boolean;
  /** Nothing has the words that were looked for; these are written nearly so. */
  readonly isAlike: boolean;
  readonly facets: Facets | null;
  readonly error: Error | null;
}

const nothing: Shown = {
  version: 0,
  total: null,
  isExact: true,
  isSoFar: false,
  isAlike: false,
  facets: null,
  error: null,
};

export class AssetWindows {
  readonly shown: Store<Shown> = createStore(nothing);
  /** All files that were ever here: what is selected stays known when it is out of sight. */
  readonly known: Map<number, Asset>;
  readonly #fetch: Fetch;
  #held = new Map<number, Asset>();
  #places = new Map<number, number>();
  #asked = new Map<number, Promise<void>>();
  #leaving = new AbortController();
  #sight: readonly [first: number, last: number] = [0, 0];
  #isFrozen = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(fetch: Fetch, known = new Map<number, Asset>()) {
    this.#fetch = fetch;
    this.known = known;
  }

  get total(): number {
    return this.shown.get().total ?? 0;
  }

  at(index: number): Asset | undefined {
    return this.#held.get(index);
  }

  /** Where a file is in the list; -1 where that is not known. */
  placeOf(id: number): number {
    return this.#places.get(id) ?? -1;
  }

  /** All files that are here, in their order. */
  ids(): number[] {
    return [...this.#held].sort(([a], [b]) => a - b).map(([, { id }]) => id);
  }

  /** These places are in sight: what is not here yet of them is fetched. */
  async want(first: number, last: number): Promise<void> {
    this.#sight = [first, last];
    await this.ensure(first, last);
  }

  /** The same, of what is needed but not looked at. */
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
  }

  /** While files are judged one after the other none leaves its place. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
  }

  /** All of the list, in larger pieces than are looked at; false where it could not be had. */
  async all(): Promise<boolean> {
    for (let place = 0; place < this.total; place += PIECE) {
      const windows = Array.from({ length: PIECE / WINDOW }, (_, index) => place / WINDOW + index);
      if (!windows.some((window) => this.#isMissing(window, this.total))) continue;
      const { signal } = this.#leaving;
      const page = await this.#fetch(place, PIECE, signal);
      if (signal.aborted) return false;
      this.#take(place / WINDOW, page);
    }
    return true;
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

  #take(window: number, page: Page): void {
    const from = window * WINDOW;
    page.items.forEach((asset, index) => this.#put(from + index, asset));
    const total = page.total_is_exact ? page.total_count : Math.max(page.total_count, from + page.items.length);
    this.#tell({
      total,
      isExact: page.total_is_exact,
      isSoFar: page.so_far,
      isAlike: page.is_alike,
      facets: page.facets,
      error: null,
    });
  }

  /** Who follows the version asks again for what is missing: a while later, and not at once. */
  #fail(error: Error): void {
    this.shown.set({ ...this.shown.get(), error });
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

  /** Change files in place; null takes one out, and what is behind it moves up. */
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

  /** Ask again for what is in sight: the rest is fetched when it comes there. */
  async refresh(): Promise<void> {
    if (this.#isFrozen) return;
    this.close();
    const { signal } = this.#leaving;
    const [first, last] = this.#sight.map((place) => Math.floor(place / WINDOW)) as [number, number];
    const windows = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const asked = Promise.all(windows.map((window) => this.#fetch(window * WINDOW, WINDOW, signal)));
    const pages = await asked.catch((error: unknown) => {
      // Another refresh has taken its place.
      if (!signal.aborted) throw error;
    });
    if (!pages || signal.aborted) return;
    this.#held = new Map();
    this.#places = new Map();
    pages.forEach((page, index) => this.#take(first + index, page));
  }

  /** Give up what is on its way. */
  close(): void {
    clearTimeout(this.#retry);
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#asked.clear();
  }
}
