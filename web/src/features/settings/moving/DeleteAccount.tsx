import { Trash2, Undo2 } from "lucide-react";
import { useState } from "react";

import { config } from "../../../data/config";
import type { TakeoutContents } from "../../../data/schema";
import { formatBytes, formatDate, plural } from "../../../platform/format";
import { Button } from "../../../ui/Button";
import { FormDialog } from "../../../ui/Dialog";
import { LoadError } from "../../../ui/Empty";
import { TextField } from "../../../ui/Field";
import { useDialog } from "../../../ui/useDialog";
import { useWrite } from "../../../ui/useWrite";
import { refreshErasure, useContents, useErasure, wishErasure, withdrawErasure } from "./api";
import { Block } from "./Block";
import { listed } from "./words";

const ABOUT = "It can be taken back for 30 days. After that it can’t be undone.";

/** The account's end: only its owner sees it, signed in. */
export function DeleteAccount() {
  const { data, error, refetch } = useErasure();
  const { data: contents } = useContents();
  const [ask, dialog] = useDialog((onClose) => <DeleteDialog contents={contents} onClose={onClose} />);
  const [isBusy, write] = useWrite(refreshErasure);
  if (error) return <LoadError error={error} onRetry={() => void refetch()} />;
  if (!data) return null;
  const { due_at: due } = data;
  return (
    <Block title="Delete" about={ABOUT}>
      <div className="data-delete">
        <p>
          <strong>The whole account</strong>
        </p>
        {due === null ? (
          <p className="muted grow">
            {data.is_possible
              ? "Posts and the comments below them, library, packs, drafts, keys, webhooks."
              : "Your account and your posts are the site’s: delete them there. What is here goes with them."}
          </p>
        ) : (
          <p className="bad grow" role="status">
            Everything will be deleted on {formatDate(due)}.
          </p>
        )}
        {data.is_possible && due === null && (
          <Button icon={Trash2} look="danger" onClick={ask}>
            Delete account…
          </Button>
        )}
        {due !== null && (
          <Button icon={Undo2} disabled={isBusy} onClick={() => write(withdrawErasure)}>
            Keep my account
          </Button>
        )}
      </div>
      {dialog}
    </Block>
  );
}

function DeleteDialog({ contents, onClose }: { contents: TakeoutContents | undefined; onClose: () => void }) {
  const [handle, setHandle] = useState("");
  const own = config.subject.handle;
  const wish = async () => {
    await wishErasure(handle);
    refreshErasure();
    onClose();
  };
  return (
    <FormDialog
      title="Delete your account?"
      icon={Trash2}
      isDangerous
      confirm="Delete it in 30 days"
      busy="Saving…"
      isDisabled={handle.trim().replace(/^@/, "") !== own}
      onSubmit={wish}
      onClose={onClose}
    >
      {contents && <p>{goneWords(contents)}</p>}
      <p>
        Until then you can take it back here, and take everything home above. Then nobody can bring it back, and links
        to it end.
      </p>
      <TextField
        className="field"
        label={
          <>
            Type <bdi>{own}</bdi> to confirm
          </>
        }
        value={handle}
        autoComplete="off"
        onChange={setHandle}
      />
    </FormDialog>
  );
}

const goneWords = (of: TakeoutContents) =>
  `What will be gone: ${listed([
    plural(of.post_count, "post"),
    plural(of.file_count, "file"),
    plural(of.pack_count, "pack"),
    plural(of.draft_count, "draft"),
    plural(of.key_count, "key"),
    plural(of.webhook_count, "webhook"),
  ])}, ${formatBytes(of.post_bytes + of.file_bytes + of.edition_bytes)} in all.`;
