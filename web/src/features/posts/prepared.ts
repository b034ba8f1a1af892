/** Memoized sort and search keys of posts, computed ahead of use when idle. */
import type { Post } from "../../data/schema";
import { fold, naturalKey } from "../../platform/text";

interface Prepared {
  search: string;
  title: string;
  description: string;
  time: number;
}

const prepared = new WeakMap<Post, Prepared>();

export function prepare(post: Post): Prepared {
  let known = prepared.get(post);
  if (known === undefined) {
    const tags = post.hashtags.map((tag) => `#${tag}`).join(" ");
    known = {
      search: fold([post.title, post.description, post.alt_text, tags, post.public_sqid].join("\n")),
      title: naturalKey(post.title ?? ""),
      description: naturalKey(post.description ?? ""),
      time: Date.parse(post.created_at),
    };
    prepared.set(post, known);
  }
  return known;
}
