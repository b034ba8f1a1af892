/** Titles by a pattern: {n} is a post's number in the order that is shown, {date} its day, {title} its present title. */
import type { Post } from "../api/schema";
import { formatDate } from "../lib/format";
import { LIMITS } from "./limits";

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
