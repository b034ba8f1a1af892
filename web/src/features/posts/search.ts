/**
 * Full-text search. All texts are concatenated: searching those of 20,000 posts at once takes half a millisecond, one by one
 * four.
 */
import type { Post } from "../../data/schema";
import { whenIdle } from "../../platform/idle";
import { prepare } from "./prepared";
import { sumsOf } from "./selected";

interface SearchText {
  readonly text: string;
  /** The end offset of each post's text. */
  readonly ends: Uint32Array;
}

const known = new WeakMap<readonly Post[], SearchText>();

/** Occurs in no search word. */
const SEPARATOR = "\n";

function searchTextOf(posts: readonly Post[]): SearchText {
  let all = known.get(posts);
  if (all === undefined) {
    const texts = posts.map((post) => prepare(post).search);
    let end = 0;
    const ends = Uint32Array.from(texts, (text) => (end += text.length + SEPARATOR.length));
    known.set(posts, (all = { text: texts.join(SEPARATOR), ends }));
  }
  return all;
}

/** The posts whose text contains this folded word. */
export function postsContaining(word: string, posts: readonly Post[]): ReadonlySet<Post> {
  const { text, ends } = searchTextOf(posts);
  const found = new Set<Post>();
  let index = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, ends[index])) {
    while (at >= (ends[index] ?? Infinity)) index += 1;
    const post = posts[index];
    if (post) found.add(post);
  }
  return found;
}

/** Build search and sort keys while idle; returns a function that cancels. */
export function indexWhenIdle(posts: readonly Post[]): () => void {
  let next = 0;
  return whenIdle(() => {
    const post = posts[next++];
    if (post) prepare(post);
    else {
      searchTextOf(posts);
      sumsOf(posts);
    }
    return post !== undefined;
  });
}
