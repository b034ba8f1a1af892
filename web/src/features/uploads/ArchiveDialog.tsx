import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { newIdempotencyKey } from "@pmd/client";
import { ArchiveRestore } from "lucide-react";
import { useEffect, useMemo, useState } from "react";

import { isArchive } from "../../data/imports/imports";
import { archiveEndings } from "../../data/imports/schema";
import { formatBytes } from "../../platform/format";
import { Button } from "../../ui/Button";
import { Dialog, SubmitForm } from "../../ui/Dialog";
import { FormError } from "../../ui/FormError";
import { Progress } from "../../ui/Progress";
import { useUploads } from "./api";
import { awaitArchive, useWatched, watchArchive } from "./archives";
import { type CheckedFile, refusalOf, type Room, tally } from "./check";
import { SendControls, SendProgress } from "./SendProgress";
import { startUpload } from "./startUpload";
import { useIntake } from "./useIntake";

interface Props {
  file: File;
  onClose: () => void;
}

/** From an archive on this computer to its report: checked here, sent, and read. */
export default function ArchiveDialog({ file, onClose }: Props) {
  const [attempt, setAttempt] = useState(0);
  const choice = useMemo(() => ({ files: [{ path: file.name, file }], leftOut: [] }), [file]);
  const intake = useIntake(choice, attempt);
  const upload = useWatched();
  // Closed, it goes on, and a message has the way to the report.
  useEffect(() => () => watchArchive(null), []);
  return (
    <Dialog title={t`Bring back “${file.name}”`} className="middling" onClose={onClose}>
      {upload !== null ? (
        <Sending id={upload} />
      ) : intake.step === "hashing" || intake.step === "asking" ? (
        <>
          <p role="status">
            <Trans>Looking whether your library has it already. Nothing has been sent yet.</Trans>
          </p>
          <Progress label={t`Files checked`} value={intake.step === "asking" ? 1 : 0} max={1} />
        </>
      ) : intake.step === "failed" ? (
        <div className="refusal" role="alert">
          <p>{intake.message}</p>
          <Button onClick={() => setAttempt(attempt + 1)}>
            <Trans>Try again</Trans>
          </Button>
        </div>
      ) : (
        <Ready files={intake.files} room={intake.room} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Ready({ files, room, onClose }: { files: readonly CheckedFile[]; room: Room; onClose: () => void }) {
  const [key] = useState(newIdempotencyKey);
  const counts = tally(files);
  const [file] = files;
  const refusal = isArchive(file?.path ?? "")
    ? (file?.reason ?? refusalOf(counts, room))
    : t`Only ${archiveEndings.join(", ")} can be read: make it one of these first.`;
  const start = async () => awaitArchive((await startUpload(files, [], {}, key)).id);
  return (
    <SubmitForm
      icon={ArchiveRestore}
      confirm={t`See what is in it`}
      busy={t`Starting…`}
      isDisabled={refusal !== null}
      onSubmit={start}
      onClose={onClose}
    >
      {counts.there > 0 ? (
        <p role="status">
          <Trans>It is in your library already; nothing needs to be sent.</Trans>
        </p>
      ) : (
        <p role="status">
          <Trans>
            {formatBytes(file?.file.size ?? 0)} to send · {formatBytes(room.left_bytes)} free in the library. It stays
            there until you delete it.
          </Trans>
        </p>
      )}
      <p className="muted">
        <Trans>You see what is in it before anything is made of it.</Trans>
      </p>
      {refusal !== null && <FormError>{refusal}</FormError>}
    </SubmitForm>
  );
}

function Sending({ id }: { id: string }) {
  const { uploads } = useUploads();
  const upload = uploads?.find((each) => each.id === id);
  if (!upload)
    return (
      <p role="status">
        <Trans>Starting…</Trans>
      </p>
    );
  return (
    <>
      <SendProgress upload={upload} />
      <p className="muted">
        <Trans>You can close this and go elsewhere: it goes on, and is read when it has arrived.</Trans>
      </p>
      <div className="buttons">
        <SendControls upload={upload} />
      </div>
    </>
  );
}
