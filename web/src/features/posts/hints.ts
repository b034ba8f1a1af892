/** Suggestions for empty results: a similar word ("did you mean"), and the filter that excludes most. */
import type { Post } from "../../data/schema";
import { fold } from "../../platform/text";
import { activeFilters, type Filters, noFilters } from "./filterValues";
import { filterPosts } from "./filters";
import { termsOf } from "./language";
import { prepare } from "./prepared";

/** Maximum edit distance; short words allow only 1. */
const MAX_DISTANCE = 2;
const SHORT_LENGTH = 4;

/** Levenshtein distance, capped at `max + 1`. */
export function distance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return Math.min(row[b.length] ?? 0, max + 1);
}

/** The most similar word in these posts for a single-word search; ties go to the most frequent. */
export function nearestWord(filters: Filters, posts: readonly Post[]): { word: string; count: number } | null {
  const [term, ...others] = termsOf(filters.q);
  if (term?.name !== "text" || term.isNot || others.length > 0 || /\s/.test(term.value)) return null;
  const typed = fold(term.value);
  const most = typed.length <= SHORT_LENGTH ? 1 : MAX_DISTANCE;
  const counts = new Map<string, number>();
  for (const post of posts) {
    for (const word of new Set(prepare(post).search.split(/[^\p{L}\p{N}]+/u))) {
      if (Math.abs(word.length - typed.length) <= most) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  let best: { word: string; apart: number; count: number } | null = null;
  for (const [word, count] of counts) {
    const apart = distance(typed, word, most);
    if (apart > most || apart === 0) continue;
    if (!best || apart < best.apart || (apart === best.apart && count > best.count)) best = { word, apart, count };
  }
  if (!best) return null;
  const { length: count } = filterPosts(posts, posts, { ...filters, q: best.word });
  return count > 0 ? { word: best.word, count } : null;
}

/** The filter whose removal would match the most posts, and how many; null if none would. */
export function strictest(filters: Filters, posts: readonly Post[]): { name: keyof Filters; count: number } | null {
  const hidden = activeFilters(filters).map((name) => ({
    name,
    count: filterPosts(posts, posts, { ...filters, [name]: noFilters[name] }).length,
  }));
  const [most] = hidden.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  return most ?? null;
}
