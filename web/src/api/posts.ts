/**
 * The posts that are held here: fetched page by page, changed in place after the service has changed its own. Filtering,
 * sorting and selecting need all of them; what they are shown by is made anew only when twice as many are here, so that
 * 50,000 cost no more than a few times what the last look at them costs.
 */
import { useEffect } from "react";

import { currentPage, queryParam } from "../lib/address";
import { newestFirst } from "../lib/lists";
import { createStore, useStore } from "../lib/store";
import { useTabVisible } from "../lib/useEventListener";
import { type Retry, scheduleRetry } from "../live/retry";
import { countPosts, listPosts } from "./client";
import { ApiError } from "./error";
import type { Post } from "./schema";

type State = "active" | "deleted";

/** Posts that were looked at again so long ago are looked at again when the visitor comes back. */
const STALE_MS = 60_000;

interface ListFailure {
  error: Error;
  /** When it is asked again by itself, milliseconds since 1970; null: not by itself. */
  retryAt: number | null;
}

interface Loaded {
  /** Newest first. */
  posts: readonly Post[];
  isComplete: boolean;
  /** How many have been fetched, of how many; null before anything is known, or where there are too many to count. */
  fetched: number;
  total: number | null;
  failure: ListFailure | null;
}

const nothing: Loaded = { posts: [], isComplete: false, fetched: 0, total: null, failure: null };

class PostList {
  readonly held = createStore<Loaded>(nothing);
  private load: Loader | null = null;
  private completedAt = 0;

  constructor(private readonly state: State) {}

  /** Ask for the posts, unless they are here or on their way; deleted ones come and go, and are asked for each time. */
  ask(): void {
    const isHere = this.completedAt > 0 && this.state === "active";
    if (!isHere && !this.load) void this.fetchAll();
  }

  /** Ask for all of them again; what is shown stays until they are here. */
  async fetchAll(): Promise<readonly Post[]> {
    this.load?.stop();
    const load = new Loader(this.state, (news) => this.onLoaded(load, news));
    this.load = load;
    await load.run();
    return this.held.get().posts;
  }

  /** Go on with what failed. */
  retry(): void {
    if (this.load) this.load.wake();
    else void this.fetchAll();
  }

  refreshIfStale(): void {
    if (!this.load && this.completedAt > 0 && Date.now() - this.completedAt > STALE_MS) void this.fetchAll();
  }

  change(all: (posts: readonly Post[]) => readonly Post[]): void {
    const held = this.held.get();
    this.load?.change(all);
    this.held.set({ ...held, posts: all(held.posts) });
  }

  private onLoaded(load: Loader, { posts, isComplete, total, failure }: Loader): void {
    if (load !== this.load) return;
    const held = this.held.get();
    const isFirst = this.completedAt === 0;
    const isNews = isComplete || (isFirst && posts.length >= 2 * held.posts.length && posts.length > 0);
    if (isComplete) {
      this.load = null;
      this.completedAt = Date.now();
    }
    this.held.set({
      posts: isNews ? [...posts] : held.posts,
      isComplete: isComplete || !isFirst,
      fetched: posts.length,
      total: isComplete ? posts.length : total,
      failure,
    });
  }
}

/** One walk through all pages. What fails and may pass is asked again by itself. */
class Loader {
  posts: Post[] = [];
  isComplete = false;
  total: number | null = null;
  failure: ListFailure | null = null;
  private cursor: string | null = null;
  private isCounted = false;
  private failures = 0;
  private again: Retry | null = null;
  /** Go on with what failed. */
  wake: () => void = () => undefined;
  private readonly ended = new AbortController();

  constructor(
    private readonly state: State,
    private readonly onChange: (news: Loader) => void,
  ) {}

  async run(): Promise<void> {
    while (!this.isComplete && !this.isEnded()) {
      try {
        const page = await listPosts(this.state, this.cursor, this.ended.signal);
        for (const post of page.items) this.posts.push(post);
        this.cursor = page.next_cursor;
        if (page.total_is_exact) this.total = page.total_count;
        else this.count();
        this.failures = 0;
        this.failure = null;
        this.isComplete = page.next_cursor === null;
      } catch (error) {
        if (!this.isEnded()) await this.wait(error);
        continue;
      }
      this.onChange(this);
    }
  }

  /** Of very many posts their months are added up: how long the list will be is known before they are here. */
  private count(): void {
    if (this.isCounted) return;
    this.isCounted = true;
    countPosts(this.state, this.ended.signal)
      .then((total) => {
        this.total = total;
        if (!this.isComplete) this.onChange(this);
      })
      .catch(() => undefined); // without it the list grows as the posts come
  }

  private isEnded(): boolean {
    return this.ended.signal.aborted;
  }

  private async wait(error: unknown): Promise<void> {
    if (!(error instanceof Error)) throw error;
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    const mayPass = error instanceof ApiError && (error.isRetryable || error.status === 401);
    this.again = mayPass ? scheduleRetry(this.failures, this.wake) : null;
    this.failures += 1;
    this.failure = { error, retryAt: this.again?.at ?? null };
    this.onChange(this);
    await woken;
    this.again?.stop();
  }

  change(all: (posts: readonly Post[]) => readonly Post[]): void {
    this.posts = [...all(this.posts)];
  }

  stop(): void {
    this.ended.abort();
    this.again?.stop();
    this.wake();
  }
}

const lists: Record<State, PostList> = { active: new PostList("active"), deleted: new PostList("deleted") };

/** All posts: pages come in one after the other, and what is there can be used at once. */
export function usePosts(state: State) {
  const list = lists[state];
  const held = useStore(list.held);
  useEffect(() => list.ask(), [list]);
  // What others have changed is seen when the visitor comes back to this tab.
  useTabVisible(() => list.refreshIfStale());
  return { ...held, retry: () => list.retry() };
}

/** Ask for the first posts before the page that shows them is here, where it is the one that is opened. */
export function prefetchPosts(): void {
  if (currentPage() === "posts") lists[queryParam("state") === "deleted" ? "deleted" : "active"].ask();
}

/** Change each of these posts; null takes it away. */
export function changeCachedPosts(ids: ReadonlySet<number>, change: (post: Post) => Post | null): void {
  lists.active.change((posts) => posts.flatMap((post) => (ids.has(post.id) ? (change(post) ?? []) : post)));
}

/** Put posts back that were taken away. */
export function restoreCachedPosts(restored: readonly Post[]): void {
  const ids = new Set(restored.map((post) => post.id));
  const others = (posts: readonly Post[]) => posts.filter((post) => !ids.has(post.id));
  lists.active.change((posts) => [...restored, ...others(posts)].sort(newestFirst));
  lists.deleted.change(others);
}

/** Ask the service for all posts again; gives the active ones. */
export async function refetchPosts(): Promise<readonly Post[]> {
  if (lists.deleted.held.get() !== nothing) void lists.deleted.fetchAll();
  return lists.active.fetchAll();
}
