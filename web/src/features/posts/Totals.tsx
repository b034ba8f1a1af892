import { t } from "@lingui/core/macro";

import type { Post } from "../../data/schema";
import { formatBytes, formatCount } from "../../platform/format";
import { Facts } from "../../ui/Facts";
import { Popover } from "../../ui/Popover";

const sums: [string, (post: Post) => number, (sum: number) => string][] = [
  [t`Size`, (post) => post.file_bytes ?? 0, formatBytes],
  [t`Frames`, (post) => post.frame_count ?? 0, formatCount],
  [t`Views`, (post) => post.view_count, formatCount],
  [t`Reactions`, (post) => post.reaction_count, formatCount],
  [t`Comments`, (post) => post.comment_count, formatCount],
  [t`Hidden`, (post) => (post.hidden_by_user || post.hidden_by_mod ? 1 : 0), formatCount],
];

/** Totals of the selection. */
export function Totals({ posts, bytes }: { posts: readonly Post[]; bytes: number }) {
  return (
    <Popover
      className="button quiet totals"
      align="start"
      name={t`Totals of the selection: ${formatBytes(bytes)}`}
      label={formatBytes(bytes)}
    >
      <Sums posts={posts} />
    </Popover>
  );
}

/** Computed when opened. */
function Sums({ posts }: { posts: readonly Post[] }) {
  return (
    <Facts
      facts={sums.map(([name, valueOf, format]) => [name, format(posts.reduce((sum, post) => sum + valueOf(post), 0))])}
    />
  );
}
