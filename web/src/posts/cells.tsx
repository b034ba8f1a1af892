import { Eye, EyeOff, ShieldAlert } from "lucide-react";

import type { Post } from "../api/schema";
import { serverNow } from "../lib/clock";
import { formatDate, plural } from "../lib/format";
import { withoutDirectionMarks } from "../lib/text";

/** A text in its own direction, cut where there is no room, whole when it is pointed at. */
export function Text({ text }: { text: string | null }) {
  if (!text) return <span className="faint">–</span>;
  const shown = withoutDirectionMarks(text);
  return (
    <span className="cut" dir="auto" title={shown}>
      {shown}
    </span>
  );
}

/** The description, and the hashtags behind it. */
export function TagList({ post }: { post: Post }) {
  const tags = post.hashtags.map((tag) => `#${tag}`);
  const description = withoutDirectionMarks(post.description ?? "");
  if (!description && tags.length === 0) return <span className="faint">–</span>;
  return (
    <span className="cut" dir="auto" title={[description, tags.join(" ")].filter(Boolean).join("\n")}>
      {description}{" "}
      {tags.map((tag) => (
        <bdi key={tag} className="hashtag">
          {tag}{" "}
        </bdi>
      ))}
    </span>
  );
}

/** Whether visitors see the post, and if not, who hid it: an icon and words, never colour alone; in the trash, how long
 * it stays there. */
export function VisibilityBadge({ post }: { post: Post }) {
  if (post.deleted_at) return <DaysLeft post={post} />;
  if (post.hidden_by_mod) {
    const title = post.hidden_by_user ? "Hidden by a moderator and by the artist" : "Hidden by a moderator";
    return (
      <span className="badge moderated" title={title}>
        <ShieldAlert aria-hidden /> <span>By mod</span>
        <span className="visually-hidden">{title}</span>
      </span>
    );
  }
  return post.hidden_by_user ? (
    <span className="badge hidden-post" title="Hidden by the artist">
      <EyeOff aria-hidden /> <span>Hidden</span>
    </span>
  ) : (
    <span className="badge visible-post">
      <Eye aria-hidden /> <span>Visible</span>
    </span>
  );
}

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
