/**
 * The client-side cache of all posts: fetched page by page, updated in place after confirmed changes. Filtering, sorting and
 * selecting need all of them. While loading, the list is published only each time it has doubled, so that deriving views of
 * 50,000 posts costs a small multiple of the final derivation.
 */
import { useEffect } from "react";

import { currentPage, queryParam } from "../platform/address";
import { newestFirst } from "../platform/lists";
import { createStore, useStore } from "../platform/store";
import { useTabVisible } from "../platform/useEventListener";
import { type Retry, scheduleRetry } from "./live/retry";
import { listPosts } from "./client";
import { PMDError } from "@pmd/client";
import type { Post } from "./schema";

type State = "active" | "deleted";
type Change = (posts: readonly Post[]) => readonly Post[];

/** Posts older than this are refetched when the tab becomes visible. */
const STALE_MS = 60_000;

interface ListFailure {
  error: Error;
  /** When it is retried automatically, milliseconds since 1970; null: not automatically. */
  retryAt: number | null;
}

interface Loaded {
  /** Newest first. */
  posts: readonly Post[];
  isComplete: boolean;
  /** How many have been fetched, and of how many; null if unknown. */
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

  /** Fetch the posts unless loaded or loading; deleted ones are fetched each time. */
  ask(): void {
    const isHere = this.completedAt > 0 && this.state === "active";
    if (!isHere && !this.load) void this.fetchAll();
  }

  /** Refetch; the current posts stay until the new ones have loaded. */
  async fetchAll(): Promise<readonly Post[]> {
    this.load?.stop();
    const load = new Loader(this.state, (news) => this.onLoaded(load, news));
    this.load = load;
    await load.run();
    return this.held.get().posts;
  }

  /** Resume after a failure. */
  retry(): void {
    if (this.load) this.load.wake();
    else void this.fetchAll();
  }

  /** Whether these are all; null while they are loading. */
  isWhole(count: number, newestId: number | null): boolean | null {
    if (this.load) return null;
    const { posts } = this.held.get();
    return posts.length === count && (posts[0]?.id ?? null) === newestId;
  }

  refreshIfStale(): void {
    if (!this.load && this.completedAt > 0 && Date.now() - this.completedAt > STALE_MS) void this.fetchAll();
  }

  /** `ofPage`: the same of a page that is being fetched, and may be older. */
  change(all: Change, ofPage = all): void {
    const held = this.held.get();
    this.load?.change(all, ofPage);
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

/** One pass through all pages. Transient failures are retried automatically. */
class Loader {
  posts: Post[] = [];
  isComplete = false;
  total: number | null = null;
  failure: ListFailure | null = null;
  private cursor: string | null = null;
  private failures = 0;
  private again: Retry | null = null;
  /** Since the page that is being fetched was asked for. */
  private changes: Change[] = [];
  /** Resume after a failure. */
  wake: () => void = () => undefined;
  private readonly ended = new AbortController();

  constructor(
    private readonly state: State,
    private readonly onChange: (news: Loader) => void,
  ) {}

  async run(): Promise<void> {
    while (!this.isComplete && !this.isEnded()) {
      try {
        this.changes = [];
        const page = await listPosts(this.state, this.cursor, this.ended.signal);
        const posts = this.changes.reduce<readonly Post[]>((before, change) => change(before), page.items);
        for (const post of posts) this.posts.push(post);
        this.cursor = page.next_cursor;
        this.total = page.total_count ?? this.total;
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

  private isEnded(): boolean {
    return this.ended.signal.aborted;
  }

  private async wait(error: unknown): Promise<void> {
    if (!(error instanceof Error)) throw error;
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    const mayPass = error instanceof PMDError && (error.isRetryable || error.status === 401);
    this.again = mayPass ? scheduleRetry(this.failures, this.wake) : null;
    this.failures += 1;
    this.failure = { error, retryAt: this.again?.at ?? null };
    this.onChange(this);
    await woken;
    this.again?.stop();
  }

  change(all: Change, ofPage: Change): void {
    this.posts = [...all(this.posts)];
    this.changes.push(ofPage);
  }

  stop(): void {
    this.ended.abort();
    this.again?.stop();
    this.wake();
  }
}

const lists: Record<State, PostList> = { active: new PostList("active"), deleted: new PostList("deleted") };

/** All posts, usable while further pages load; fetched once they are wanted. */
export function usePosts(state: State, isWanted = true) {
  const list = lists[state];
  const held = useStore(list.held);
  useEffect(() => {
    if (isWanted) list.ask();
  }, [list, isWanted]);
  // Picks up changes by others.
  useTabVisible(() => list.refreshIfStale());
  return { ...held, retry: () => list.retry() };
}

/** Prefetch the posts in parallel with the page's chunk, if it is the page that opens. */
export function prefetchPosts(): void {
  if (currentPage() === "posts") lists[queryParam("state") === "deleted" ? "deleted" : "active"].ask();
}

/** Update cached posts; null removes one. */
export function changeCachedPosts(ids: ReadonlySet<number>, change: (post: Post) => Post | null): void {
  lists.active.change((posts) => posts.flatMap((post) => (ids.has(post.id) ? (change(post) ?? []) : post)));
}

/** Put deleted posts back. */
export function restoreCachedPosts(restored: readonly Post[]): void {
  const ids = new Set(restored.map((post) => post.id));
  const others = (posts: readonly Post[]) => posts.filter((post) => !ids.has(post.id));
  lists.active.change((posts) => [...restored, ...others(posts)].sort(newestFirst), others);
  lists.deleted.change(others);
}

/** Whether the posts that are loaded are as many as the service counts, with its newest; null while they are loading. */
export function hasAllPosts(count: number, newestId: number | null): boolean | null {
  const { active } = lists;
  return active.held.get() === nothing || active.isWhole(count, newestId);
}

/** Many posts have changed: refetch those that are loaded. */
export function refreshPosts(): void {
  for (const list of Object.values(lists)) if (list.held.get() !== nothing) void list.fetchAll();
}

/** Refetch all posts; returns the active ones. */
export async function refetchPosts(): Promise<readonly Post[]> {
  if (lists.deleted.held.get() !== nothing) void lists.deleted.fetchAll();
  return lists.active.fetchAll();
}
