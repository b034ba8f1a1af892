import { Trash2 } from "lucide-react";

import { config, moderates } from "../api/config";
import type { Post } from "../api/schema";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { PostStrip } from "./PostStrip";

interface Props {
  posts: Post[];
  outsideFilter: number;
  onDelete: () => void;
  onClose: () => void;
}

export function DeleteDialog({ posts, outsideFilter, onDelete, onClose }: Props) {
  const what = plural(posts.length, "post");
  return (
    <Dialog title={`Delete ${what}?`} onClose={onClose}>
      <PostStrip posts={posts} />
      {moderates && (
        <p className="moderator-note">
          These are the posts of <strong>@{config.subject.handle}</strong>, not yours.
        </p>
      )}
      {outsideFilter > 0 && (
        <p className="warning-text">{plural(outsideFilter, "of them is", "of them are")} outside the present filter.</p>
      )}
      <p>They disappear from {config.site_name} at once. You can undo this right afterwards.</p>
      <footer>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button danger solid" onClick={onDelete}>
          <Trash2 aria-hidden /> Delete {what}
        </button>
      </footer>
    </Dialog>
  );
}
