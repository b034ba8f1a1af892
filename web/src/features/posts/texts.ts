/**
 * Hashtags and titles of posts. In title patterns {n} is the position in the list, {date} the date posted and {title} the
 * current title.
 */
import { t } from "@lingui/core/macro";

import type { PostDetails } from "../../data/client";
import type { Post } from "../../data/schema";
import { formatDate } from "../../platform/format";
import { groupBy } from "../../platform/lists";
import { hasTag, plainTag, spelledFirst, splitHashtags, tagKey } from "../../platform/text";
import { isSame } from "../../ui/edits";

/** The site's limits; the service enforces them. */
export const LIMITS = { title: 128, description: 5000, alt: 1500, hashtags: 64, hashtag: 50 } as const;

/** What an artist may declare about AI. */
export const disclosures = {
  unsaid: t`Not said`,
  none: t`None`,
  assisted: t`Assisted`,
  generated: t`Generated`,
} as const;

/** The details that some of the posts do not have yet; undefined: none. */
export function newDetails(posts: readonly Post[], details: Partial<PostDetails>): Partial<PostDetails> | undefined {
  const trimmed = "alt_text" in details ? { ...details, alt_text: details.alt_text?.trim() ?? null } : details;
  const names = Object.keys(trimmed) as (keyof PostDetails)[];
  const changed = names.filter((name) => !posts.every((post) => isSame(post[name], trimmed[name])));
  return changed.length > 0 ? Object.fromEntries(changed.map((name) => [name, trimmed[name]])) : undefined;
}

/** Unique hashtags typed with or without #, separated by spaces or commas. */
export function parseHashtags(text: string): string[] {
  const tags = splitHashtags(text).map((tag) => plainTag(tag).slice(0, LIMITS.hashtag));
  return [...new Set(tags.map(spelledFirst()))];
}

/** Hashtags by frequency. */
export function hashtagsOf(posts: readonly Post[]): { tag: string; count: number }[] {
  const spelled = spelledFirst();
  const all = posts.flatMap((post) => post.hashtags.map(spelled));
  const counts = [...groupBy(all, (tag) => tag)].map(([tag, { length: count }]) => ({ tag, count }));
  return counts.sort((a, b) => b.count - a.count);
}

/** How many posts would have more hashtags than the site allows. */
export function overfull(posts: readonly Post[], add: readonly string[], remove: readonly string[]): number {
  return posts.filter((post) => {
    const after = new Set([...post.hashtags.filter((tag) => !hasTag(remove, tag)).map(tagKey), ...add.map(tagKey)]);
    return after.size > LIMITS.hashtags;
  }).length;
}

export interface Titled {
  post: Post;
  title: string;
}

const PART = /\{(n+|date|title)\}/g;

/** {nnn} is zero-padded to three digits. */
export function titleOf(pattern: string, post: Post, index: number): string {
  const filled = pattern.replace(PART, (_, part: string) => {
    if (part === "date") return formatDate(post.created_at);
    if (part === "title") return post.title ?? "";
    return String(index + 1).padStart(part.length, "0");
  });
  return filled.trim().slice(0, LIMITS.title);
}

/** The posts whose title the pattern would change. */
export function titledBy(pattern: string, posts: readonly Post[]): Titled[] {
  if (pattern.trim() === "") return [];
  return posts
    .map((post, index) => ({ post, title: titleOf(pattern, post, index) }))
    .filter(({ post, title }) => title !== "" && title !== post.title);
}
