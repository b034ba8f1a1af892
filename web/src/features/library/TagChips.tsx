import "./tags.css";

import type { TagColor } from "../../data/assets/schema";
import { fileTag } from "../../platform/text";
import { useTags } from "./ordering";

export function TagDot({ color }: { color: TagColor | null }) {
  return <span className="tag-dot" data-tag={color ?? undefined} aria-hidden />;
}

/** A hashtag's own colour, as in a token of the search. */
export function DotOf({ tag }: { tag: string }) {
  const color = useTags().find(({ name }) => name === fileTag(tag))?.color;
  return color ? <TagDot color={color} /> : null;
}

/** A file's hashtags, each with its colour. */
export function TagChips({ tags }: { tags: readonly string[] }) {
  return (
    <span className="tag-chips">
      {[...new Set(tags)].map((tag) => (
        <span key={tag} className="tag-chip">
          <DotOf tag={tag} />
          <bdi>#{tag}</bdi>
        </span>
      ))}
    </span>
  );
}
