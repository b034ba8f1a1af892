import { EyeOff } from "lucide-react";
import { useState } from "react";

import type { Post } from "../api/schema";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { WhoseNote } from "../ui/WhoseNote";
import { PostStrip } from "./PostStrip";

const MOST_CHARACTERS = 500;

interface Props {
  posts: Post[];
  onHide: (reason: string) => void;
  onClose: () => void;
}

/** A moderator says why: it stands in the audit trail beside what was done. */
export function HideDialog({ posts, onHide, onClose }: Props) {
  const [reason, setReason] = useState("");
  const what = plural(posts.length, "post");
  return (
    <Dialog title={`Hide ${what}?`} onClose={onClose}>
      <PostStrip posts={posts} />
      <WhoseNote />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onHide(reason.trim());
        }}
      >
        <label className="field">
          <span>Reason, for the record</span>
          <textarea
            rows={3}
            dir="auto"
            maxLength={MOST_CHARACTERS}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <footer>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary">
            <EyeOff aria-hidden /> Hide {what}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
