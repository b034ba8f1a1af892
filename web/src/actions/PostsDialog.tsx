import { EyeOff, Trash2 } from "lucide-react";
import { type ComponentProps, useState } from "react";

import { config, moderates } from "../api/config";
import type { Post } from "../api/schema";
import { formatCount, plural } from "../lib/format";
import { PostPicture } from "../posts/PostPicture";
import { FormDialog } from "../ui/Dialog";
import { TextArea } from "../ui/Field";
import { WhoseNote } from "../ui/WhoseNote";

/** The most pictures by which one recognises the posts. */
const SHOWN = 8;
const LONGEST_REASON = 500;

/** A question about posts: which ones, and whose. */
export function PostsDialog({ posts, children, ...asked }: { posts: Post[] } & ComponentProps<typeof FormDialog>) {
  const more = posts.length - SHOWN;
  return (
    <FormDialog {...asked}>
      <div className="strip" aria-hidden>
        {posts.slice(0, SHOWN).map((post) => (
          <PostPicture key={post.id} post={post} box={36} alt="" />
        ))}
        {more > 0 && <span className="muted">+{formatCount(more)}</span>}
      </div>
      <WhoseNote />
      {children}
    </FormDialog>
  );
}

interface Props {
  verb: "Hide" | "Delete";
  posts: Post[];
  outsideFilter?: number;
  /** `reason`: a moderator's. */
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/** Before posts are deleted, or hidden by a moderator; a moderator says why: it stands in the audit trail. */
export function ReasonDialog({ verb, posts, outsideFilter = 0, onConfirm, onClose }: Props) {
  const [reason, setReason] = useState("");
  const isDelete = verb === "Delete";
  const what = plural(posts.length, "post");
  return (
    <PostsDialog
      title={`${verb} ${what}?`}
      posts={posts}
      icon={isDelete ? Trash2 : EyeOff}
      confirm={`${verb} ${what}`}
      isDangerous={isDelete}
      isDisabled={moderates && reason.trim() === ""}
      onSubmit={() => onConfirm(reason.trim())}
      onClose={onClose}
    >
      {outsideFilter > 0 && (
        <p className="warning-text">{plural(outsideFilter, "of them is", "of them are")} outside the present filter.</p>
      )}
      {isDelete && (
        <p>
          They disappear from {config.site_name} at once. {keptFor()}
        </p>
      )}
      {moderates && (
        <TextArea
          className="field"
          label="Reason, for the record"
          rows={3}
          dir="auto"
          data-first
          required
          maxLength={LONGEST_REASON}
          value={reason}
          onChange={setReason}
        />
      )}
    </PostsDialog>
  );
}

function keptFor(): string {
  const days = config.post_keep_days === null ? "" : ` for ${plural(config.post_keep_days, "day")}`;
  return `You can undo this right afterwards, or restore them from the trash${days}.`;
}
