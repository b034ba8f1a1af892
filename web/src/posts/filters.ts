import type { Post } from "../api/schema";

export type Visibility = "all" | "visible" | "hidden" | "moderated";

export interface Filters {
  text: string;
  visibility: Visibility;
  /** Empty: any. */
  format: string;
  /** Empty: any. */
  hashtag: string;
}

export const noFilters: Filters = { text: "", visibility: "all", format: "", hashtag: "" };

export function isFiltering(filters: Filters): boolean {
  return filters.text.trim() !== "" || filters.visibility !== "all" || filters.format !== "" || filters.hashtag !== "";
}

/** Without case and accents, so that "pokemon" finds "Pokémon". */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

const folded = new WeakMap<Post, string>();

function searchText(post: Post): string {
  let text = folded.get(post);
  if (text === undefined) {
    const tags = post.hashtags.map((tag) => `#${tag}`).join(" ");
    text = fold([post.title, post.description, tags, post.public_sqid].join("\n"));
    folded.set(post, text);
  }
  return text;
}

const visibilityRules: Record<Visibility, (post: Post) => boolean> = {
  all: () => true,
  visible: (post) => !post.hidden_by_user && !post.hidden_by_mod,
  hidden: (post) => post.hidden_by_user,
  moderated: (post) => post.hidden_by_mod,
};

/** The posts that fit all filters; every word of the text must be found somewhere in the post. */
export function filterPosts(posts: Post[], filters: Filters): Post[] {
  if (!isFiltering(filters)) return posts;
  const words = fold(filters.text).split(/\s+/).filter(Boolean);
  const fitsVisibility = visibilityRules[filters.visibility];
  return posts.filter(
    (post) =>
      fitsVisibility(post) &&
      (filters.format === "" || post.file_format === filters.format) &&
      (filters.hashtag === "" || post.hashtags.includes(filters.hashtag)) &&
      words.every((word) => searchText(post).includes(word)),
  );
}

export interface Choice {
  value: string;
  count: number;
}

/** What there is to filter by, the most frequent first. */
export function countChoices(posts: Post[], valuesOf: (post: Post) => readonly (string | null)[]): Choice[] {
  const counts = new Map<string, number>();
  for (const post of posts) {
    for (const value of valuesOf(post)) {
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
}
