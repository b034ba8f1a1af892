import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Trash2, Undo2 } from "lucide-react";
import { useState } from "react";

import { config } from "../../../data/config";
import { useContents } from "../../../data/queries";
import type { TakeoutContents } from "../../../data/schema";
import { formatDate } from "../../../platform/format";
import { Button } from "../../../ui/Button";
import { FormDialog } from "../../../ui/Dialog";
import { LoadError } from "../../../ui/Empty";
import { TextField } from "../../../ui/Field";
import { useDialog } from "../../../ui/useDialog";
import { useWrite } from "../../../ui/useWrite";
import { refreshErasure, useErasure, wishErasure, withdrawErasure } from "./api";
import { Block } from "./Block";
import { goneWords } from "./words";

const ABOUT = t`It can be taken back for 30 days. After that it can’t be undone.`;

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
    <Block title={t`Delete`} about={ABOUT}>
      <div className="data-delete">
        <p>
          <strong>
            <Trans>The whole account</Trans>
          </strong>
        </p>
        {due === null ? (
          <p className="muted grow">
            {data.is_possible
              ? t`Posts and the comments below them, library, packs, drafts, keys, webhooks.`
              : t`Your account and your posts are the site’s: delete them there. What is here goes with them.`}
          </p>
        ) : (
          <p className="bad grow" role="status">
            <Trans>Everything will be deleted on {formatDate(due)}.</Trans>
          </p>
        )}
        {data.is_possible && due === null && (
          <Button icon={Trash2} look="danger" onClick={ask}>
            <Trans>Delete account…</Trans>
          </Button>
        )}
        {due !== null && (
          <Button icon={Undo2} disabled={isBusy} onClick={() => write(withdrawErasure)}>
            <Trans>Keep my account</Trans>
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
      title={t`Delete your account?`}
      icon={Trash2}
      isDangerous
      confirm={t`Delete it in 30 days`}
      busy={t`Saving…`}
      isDisabled={handle.trim().replace(/^@/, "") !== own}
      onSubmit={wish}
      onClose={onClose}
    >
      {contents && <p>{goneWords(contents)}</p>}
      <p>
        <Trans>
          Until then you can take it back here, and take everything home above. Then nobody can bring it back, and links
          to it end.
        </Trans>
      </p>
      <TextField
        className="field"
        label={
          <Trans>
            Type <bdi>{own}</bdi> to confirm
          </Trans>
        }
        value={handle}
        autoComplete="off"
        onChange={setHandle}
      />
    </FormDialog>
  );
}
