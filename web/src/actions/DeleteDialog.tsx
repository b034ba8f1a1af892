import { Trash2 } from "lucide-react";
import { useState } from "react";

import { config, moderates } from "../api/config";
import type { Post } from "../api/schema";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { DialogFooter } from "../ui/DialogFooter";
import { WhoseNote } from "../ui/WhoseNote";
import { PostStrip } from "./PostStrip";
import { ReasonField } from "./ReasonField";

interface Props {
  posts: Post[];
  outsideFilter: number;
  /** `reason`: a moderator's. */
  onDelete: (reason?: string) => void;
  onClose: () => void;
}

export function DeleteDialog({ posts, outsideFilter, onDelete, onClose }: Props) {
  const [reason, setReason] = useState("");
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
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDelete(moderates ? reason.trim() : undefined);
        }}
      >
        {moderates && <ReasonField reason={reason} onChange={setReason} />}
        <DialogFooter icon={Trash2} isDangerous isDisabled={moderates && reason.trim() === ""} onClose={onClose}>
          Delete {what}
        </DialogFooter>
      </form>
    </Dialog>
  );
}

function keptFor(): string {
  const days = config.post_keep_days;
  return days === null
    ? "You can undo this right afterwards, or restore them from the trash."
    : `You can undo this right afterwards, or restore them from the trash for ${plural(days, "day")}.`;
}
