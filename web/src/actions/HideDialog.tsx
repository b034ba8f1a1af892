import { EyeOff } from "lucide-react";
import { useState } from "react";

import type { Post } from "../api/schema";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { DialogFooter } from "../ui/DialogFooter";
import { WhoseNote } from "../ui/WhoseNote";
import { PostStrip } from "./PostStrip";
import { ReasonField } from "./ReasonField";

interface Props {
  posts: Post[];
  onHide: (reason: string) => void;
  onClose: () => void;
}

/** What a moderator is asked before posts are hidden; artists hide their own without a question. */
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
        <ReasonField reason={reason} onChange={setReason} />
        <DialogFooter icon={EyeOff} isDisabled={reason.trim() === ""} onClose={onClose}>
          Hide {what}
        </DialogFooter>
      </form>
    </Dialog>
  );
}
