/**
 * Posts' hashtags and titles. A title by a pattern: {n} is a post's number in the order that is shown, {date} its day,
 * {title} its present title.
 */
import type { Post } from "../api/schema";
import { formatDate } from "../lib/format";
import { groupBy } from "../lib/lists";

/** The site's limits of a post's texts; the service has the last word. */
export const LIMITS = { title: 128, description: 5000, hashtags: 64, hashtag: 64 } as const;

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
  const all = posts.flatMap((post) => post.hashtags);
  const counts = [...groupBy(all, (tag) => tag)].map(([tag, { length: count }]) => ({ tag, count }));
  return counts.sort((a, b) => b.count - a.count);
}

/** How many posts would have more hashtags than the site allows. */
export function overfull(posts: readonly Post[], add: readonly string[], remove: readonly string[]): number {
  const gone = new Set(remove);
  return posts.filter((post) => {
    const after = new Set([...post.hashtags.filter((tag) => !gone.has(tag)), ...add]);
    return after.size > LIMITS.hashtags;
  }).length;
}

export interface Titled {
  post: Post;
  title: string;
}

const PART = /\{(n+|date|title)\}/g;

/** {nnn} is a number of three digits at least. */
export function titleOf(pattern: string, post: Post, index: number): string {
  const filled = pattern.replace(PART, (_, part: string) => {
    if (part === "date") return formatDate(post.created_at);
    if (part === "title") return post.title ?? "";
    return String(index + 1).padStart(part.length, "0");
  });
  return filled.trim().slice(0, LIMITS.title);
}

/** The posts whose title would be another. */
export function titledBy(pattern: string, posts: readonly Post[]): Titled[] {
  if (pattern.trim() === "") return [];
  return posts
    .map((post, index) => ({ post, title: titleOf(pattern, post, index) }))
    .filter(({ post, title }) => title !== "" && title !== post.title);
}
