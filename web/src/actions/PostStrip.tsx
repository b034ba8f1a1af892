import type { Post } from "../api/schema";
import { formatCount } from "../lib/format";
import { PostPicture } from "../posts/PostPicture";

const SHOWN = 8;

/** The first few posts that a dialog is about, to recognise them by. */
export function PostStrip({ posts }: { posts: Post[] }) {
  const more = posts.length - SHOWN;
  return (
    <div className="strip" aria-hidden>
      {posts.slice(0, SHOWN).map((post) => (
        <PostPicture key={post.id} post={post} box={36} alt="" />
      ))}
      {more > 0 && <span className="muted">+{formatCount(more)}</span>}
    </div>
  );
}
