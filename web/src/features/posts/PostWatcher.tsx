import { useRef } from "react";
import * as v from "valibot";

import { changeCachedPosts, refetchPosts } from "../../data/posts";
import { Post } from "../../data/schema";
import { usePMDSSE } from "../../data/live/live";

const Counts = v.object({ active: v.number(), newest_post_id: v.nullable(v.number()) });
/** Many posts may arrive one after the other. */
const SETTLE_MS = 1_000;

/** Shows in the lists what programs, other browsers and the site do to posts. */
export default function PostWatcher() {
  const known = useRef<v.InferOutput<typeof Counts> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  usePMDSSE("post", (event) => {
    if (event.type === "removed") changeCachedPosts(new Set([Number(event.id)]), () => null);
    if (event.type !== "update") return;
    const post = v.safeParse(Post, event.data);
    if (post.success) changeCachedPosts(new Set([post.output.id]), () => post.output);
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
