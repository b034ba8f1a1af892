import type { Post } from "../api/schema";
import { LIMITS } from "./limits";

/** The hashtags in a text as somebody types them: with or without #, between spaces or commas, each once. */
export function parseHashtags(text: string): string[] {
  const tags = text
    .split(/[\s,]+/)
    .map((tag) => tag.replace(/^#+/, "").toLowerCase().slice(0, LIMITS.hashtag))
    .filter(Boolean);
  return [...new Set(tags)];
}

/** The hashtags of these posts, the most frequent first. */
export function hashtagsOf(posts: readonly Post[]): { tag: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const tag of posts.flatMap((post) => post.hashtags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].map(([tag, count]) => ({ tag, count })).sort((a, b) => b.count - a.count);
}

/** How many posts would have more hashtags than the site allows. */
export function overfull(posts: readonly Post[], add: readonly string[], remove: readonly string[]): number {
  const gone = new Set(remove);
  return posts.filter((post) => {
    const after = new Set([...post.hashtags.filter((tag) => !gone.has(tag)), ...add]);
    return after.size > LIMITS.hashtags;
  }).length;
}
