import { ClipboardPaste } from "lucide-react";

import type { Post } from "../api/schema";
import { formatCount, plural } from "../lib/format";
import { LIMITS } from "./texts";
import { PostsDialog } from "./PostsDialog";

/** The most pairs by which one sees that the lines fit. */
const SHOWN = 6;

type Edit = { title: string } | { description: string };

interface Props {
  posts: Post[];
  field: "title" | "description";
  texts: readonly string[];
  onApply: (edits: { post: Post; edit: Edit }[]) => void;
  onClose: () => void;
}

/** A column that was pasted: which post gets which line. */
export function PasteDialog({ posts, field, texts, onApply, onClose }: Props) {
  const edits = posts.flatMap((post, index) => {
    const text = (texts[index] ?? "").slice(0, LIMITS[field]);
    return text === (post[field] ?? "")
      ? []
      : [{ post, text, edit: field === "title" ? { title: text } : { description: text } }];
  });
  const what = `the ${field} of ${plural(edits.length, "post")}`;
  return (
    <PostsDialog
      title={`Change ${what}?`}
      posts={posts}
      icon={ClipboardPaste}
      confirm={`Change ${plural(edits.length, field)}`}
      isDisabled={edits.length === 0}
      onSubmit={() => onApply(edits)}
      onClose={onClose}
    >
      <ol className="pairs">
        {edits.slice(0, SHOWN).map(({ post, text }) => (
          <li key={post.id}>
            <span className="cut muted" dir="auto">
              {post[field] ?? "–"}
            </span>
            <span className="cut" dir="auto">
              {text}
            </span>
          </li>
        ))}
      </ol>
      {edits.length > SHOWN && <p className="muted">and {formatCount(edits.length - SHOWN)} more</p>}
    </PostsDialog>
  );
}
