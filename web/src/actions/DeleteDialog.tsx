import { Trash2 } from "lucide-react";

import { config } from "../api/config";
import type { Post } from "../api/schema";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { WhoseNote } from "../ui/WhoseNote";
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
      <WhoseNote />
      {outsideFilter > 0 && (
        <p className="warning-text">{plural(outsideFilter, "of them is", "of them are")} outside the present filter.</p>
      )}
      <p>
        They disappear from {config.site_name} at once. {keptFor()}
      </p>
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

function keptFor(): string {
  const days = config.post_keep_days;
  return days === null
    ? "You can undo this right afterwards, or restore them from the trash."
    : `You can undo this right afterwards, or restore them from the trash for ${plural(days, "day")}.`;
}
