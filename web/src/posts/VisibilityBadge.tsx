import { Eye, EyeOff, ShieldAlert } from "lucide-react";

import type { Post } from "../api/schema";
import { DaysLeft } from "./DaysLeft";

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
