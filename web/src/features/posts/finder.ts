/** Post search for the palette. */
import { t } from "@lingui/core/macro";

import { artSource, findPosts } from "../../data/client";
import { go } from "../../platform/address";
import { formatDate } from "../../platform/format";
import type { Finder } from "../../ui/palette";

export const postFinder: Finder = {
  title: t`Posts`,
  find: async (text, signal) => {
    const posts = await findPosts(text, signal);
    return posts.map((post) => {
      const picture = artSource(post);
      return {
        id: `post-${post.id}`,
        words: post.title ?? t`Untitled`,
        note: formatDate(post.created_at),
        ...(picture && { picture }),
        open: () => go("posts", { q: `"${post.title ?? post.public_sqid}"` }),
      };
    });
  },
};
