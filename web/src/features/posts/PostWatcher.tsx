import { useRef } from "react";
import * as v from "valibot";

import { changeCachedPosts, refetchPosts } from "../../data/posts";
import { Post } from "../../data/schema";
import { usePMDSSE } from "../../data/live/live";

const Counts = v.object({ active: v.number(), newest_post_id: v.nullable(v.number()) });
/** Many posts may arrive one after the other. */
const SETTLE_MS = 1_000;
/** Changes within this time are shown together: each derives the whole list anew. */
const TOGETHER_MS = 100;

/** Changed posts by id, null for removed ones, until they are shown. */
let waiting = new Map<number, Post | null>();

function show(id: number, post: Post | null): void {
  if (waiting.size === 0) setTimeout(showAll, TOGETHER_MS);
  waiting.set(id, post);
}

function showAll(): void {
  const shown = waiting;
  waiting = new Map();
  changeCachedPosts(new Set(shown.keys()), (post) => shown.get(post.id) ?? null);
}

/** Shows in the lists what programs, other browsers and the site do to posts. */
export function PostWatcher() {
  const known = useRef<v.InferOutput<typeof Counts> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  usePMDSSE("post", (event) => {
    if (event.type === "removed") show(Number(event.id), null);
    if (event.type !== "update") return;
    const post = v.safeParse(Post, event.data);
    if (post.success) show(post.output.id, post.output);
  });
  usePMDSSE("posts", (event) => {
    if (event.type !== "update") return;
    const { success, output } = v.safeParse(Counts, event.data);
    if (!success) return;
    const before = known.current;
    known.current = output;
    // What is in no list yet: new and restored posts.
    if (before === null || (output.newest_post_id === before.newest_post_id && output.active <= before.active)) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void refetchPosts().catch(() => undefined), SETTLE_MS);
  });
  return null;
}
