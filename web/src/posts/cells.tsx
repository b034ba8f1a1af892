import type { Post } from "../api/schema";
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
