import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { MessageSquareReply } from "lucide-react";
import { useState } from "react";

import type { Hide, Post } from "../../data/schema";
import { FormDialog } from "../../ui/Dialog";
import { TextArea } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { ModeratorNote } from "../../data/ModeratorNote";
import { sendAnswer } from "../../data/hides";

const LONGEST = 500;

/** The artist's single reply to a moderator's reason. */
export function AnswerDialog({ post, hide, onClose }: { post: Post; hide: Hide; onClose: () => void }) {
  const [text, setText] = useState("");
  const send = async () => {
    await sendAnswer(post.id, text.trim());
    toast.success(
      t`${hide.moderator_handle ? `@${hide.moderator_handle}` : t`The moderator`} will get your answer by e-mail.`,
    );
    onClose();
  };
  return (
    <FormDialog
      title={t`Reply about “${post.title ?? t`Untitled`}”`}
      icon={MessageSquareReply}
      confirm={t`Send the answer`}
      busy={t`Sending…`}
      isDisabled={text.trim() === ""}
      onSubmit={send}
      onClose={onClose}
    >
      <ModeratorNote />
      <p className="bad" dir="auto">
        {hide.moderator_handle ? `@${hide.moderator_handle}` : t`A moderator`}: “{hide.reason}”
      </p>
      <TextArea
        className="field"
        label={t`Your answer`}
        help={
          <small className="muted">
            <Trans>You can answer once. The post stays hidden until a moderator shows it.</Trans>
          </small>
        }
        rows={4}
        dir="auto"
        required
        maxLength={LONGEST}
        value={text}
        onChange={setText}
      />
    </FormDialog>
  );
}
