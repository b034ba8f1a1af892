import type { Post } from "../api/schema";
import { serverNow } from "../lib/clock";
import { formatDate, plural } from "../lib/format";

const DAY_MS = 86_400_000;

/** How long a deleted post can still be restored; where the site keeps them, when it was deleted. */
export function DaysLeft({ post }: { post: Post }) {
  if (post.gone_at) {
    const days = Math.max(0, Math.floor((Date.parse(post.gone_at) - serverNow()) / DAY_MS));
    const text = days === 0 ? "last day" : `${plural(days, "day")} left`;
    return <span className={days < 3 ? "danger-text" : "warning-text"}>{text}</span>;
  }
  return <span title={post.deleted_at ? `Deleted on ${formatDate(post.deleted_at)}` : undefined}>Deleted</span>;
}
