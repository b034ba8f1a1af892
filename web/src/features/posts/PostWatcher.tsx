import { useEffect, useRef } from "react";
import * as v from "valibot";

import { changeCachedPosts, hasAllPosts, refreshPosts } from "../../data/posts";
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
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const counts = useRef<v.InferOutput<typeof Counts> | null>(null);
  // The first connection is made while the posts are read for the first time. What changes before a later one is in no
  // event.
  const hasOpened = useRef(false);
  const isBehind = useRef(false);
  const check = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const { active = 0, newest_post_id: newest = null } = counts.current ?? {};
      const hasAll = counts.current === null || hasAllPosts(active, newest);
      if (hasAll === null) check();
      else if (isBehind.current || !hasAll) {
        isBehind.current = false;
        refreshPosts();
      }
    }, SETTLE_MS);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  usePMDSSE("post", (event) => {
    if (event.type === "removed") show(Number(event.id), null);
    if (event.type !== "update") return;
    const post = v.safeParse(Post, event.data);
    if (post.success) show(post.output.id, post.output);
  });
  usePMDSSE("posts", (event, isReplayed) => {
    if (event.type === "opened" || event.type === "lost") {
      if (hasOpened.current && !isReplayed) isBehind.current = true;
      hasOpened.current = true;
      clearTimeout(timer.current); // read again once it is complete
    }
    if (event.type === "connected" && !isReplayed) check();
    if (event.type !== "update") return;
    const read = v.safeParse(Counts, event.data);
    if (!read.success) return;
    // New and restored posts are in no list yet.
    counts.current = read.output;
    check();
  });
  return null;
}
