import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { CircleAlert, FolderSearch, Pause, Play, Square } from "lucide-react";

import { formatBytes, formatCount, formatDuration } from "../../platform/format";
import { nameOf } from "../../platform/text";
import { Button } from "../../ui/Button";
import { Progress } from "../../ui/Progress";
import { Status } from "../../ui/Status";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { refreshUploads, stopUpload } from "./api";
import { ChooseButtons } from "./ChooseButtons";
import type { Wanted } from "./matching";
import type { Upload } from "./schema";
import { sender, useMissingFiles, useSending } from "./sender";
import { isUnsent, type UploadView } from "./sending";
import { isOpen, leftOutOf, settledFiles } from "./uploads";

/** An open upload's progress: bytes sent, files processed, and what is in the way. */
export function SendProgress({ upload }: { upload: Upload }) {
  const view = useSending(upload.id);
  const missing = useMissingFiles(upload.id);
  const settled = settledFiles(upload);
  const isSending = sends(view);
  // This tab knows what it sends itself; for another tab's uploads the service reports the bytes received.
  const sent = view && isSending ? view.sentBytes : upload.received_bytes;
  const total = view && isSending ? view.totalBytes : upload.total_size_bytes;
  if (!isSending && missing.length === 0 && (view || upload.received_bytes === upload.total_size_bytes)) {
    return <BeingLookedAt upload={upload} />;
  }
  return (
    <>
      <Progress
        label={t`Bytes of ${upload.name ?? t`the upload`} that are sent`}
        value={sent}
        max={Math.max(1, total)}
        tone={view?.isPaused || view?.trouble || missing.length > 0 ? "waiting" : "accent"}
      />
      <p className="muted numbers">
        <Trans>
          {formatBytes(sent)} of {formatBytes(total)}
          {view?.rate != null && !view.isPaused && ` · ${formatBytes(view.rate)}/s`}
          {view?.secondsLeft != null &&
            view.secondsLeft > 0 &&
            !view.isPaused &&
            t` · about ${formatDuration(Math.max(1, view.secondsLeft))} left`}
          {" · "}
          {formatCount(settled)} of <Plural value={upload.total_files} one="# file" other="# files" /> settled
        </Trans>
      </p>
      {view?.isPaused && (
        <p className="wait">
          <Trans>Paused. What has arrived is kept.</Trans>
        </p>
      )}
      {view?.trouble && !view.isPaused && (
        <p className="wait" role="status">
          <CircleAlert aria-hidden /> {view.trouble}
        </p>
      )}
      {missing.length > 0 && <ChooseAgain missing={missing} />}
    </>
  );
}

/** All bytes have arrived; each file is processed before it is added to the library. */
function BeingLookedAt({ upload }: { upload: Upload }) {
  const settled = settledFiles(upload);
  return (
    <>
      <Progress
        label={t`Files of ${upload.name ?? t`the upload`} that are settled`}
        value={settled}
        max={upload.total_files}
      />
      <p className="muted numbers">
        <Trans>
          All is sent. {formatCount(settled)} of <Plural value={upload.total_files} one="# file" other="# files" />{" "}
          looked at.
        </Trans>
      </p>
    </>
  );
}

/** After a reload the user must choose larger files again; only missing bytes are sent. */
function ChooseAgain({ missing }: { missing: readonly Wanted[] }) {
  const [first] = missing;
  return (
    <div className="choose-again">
      <p>
        <FolderSearch aria-hidden />{" "}
        {missing.length === 1 ? (
          <Trans>
            This page no longer has this file. Choose <bdi>“{first?.path}”</bdi> again and it goes on where it was;
            nothing is sent twice.
          </Trans>
        ) : (
          <Trans>
            This page no longer has these files. Choose the folder with these {formatCount(missing.length)} files again
            and it goes on where it was; nothing is sent twice.
          </Trans>
        )}
      </p>
      <div className="buttons">
        <ChooseButtons />
      </div>
    </div>
  );
}

/** Whether this tab has something to send of it. */
function sends(view: UploadView | null): boolean {
  return view?.items.some(isUnsent) ?? false;
}

/** Pausing is local to this page; stopping ends the upload: added files stay, the rest is reported as stopped. */
export function SendControls({ upload }: { upload: Upload }) {
  const view = useSending(upload.id);
  const [isBusy, write] = useWrite(refreshUploads);
  const name = upload.name ?? t`the upload`;
  const isSending = sends(view);

  const stop = async () => {
    sender.pause(upload.id);
    await stopUpload(upload.id);
    sender.drop(upload.id);
    toast.info(t`Stopped. Files that were already added stay in your library.`);
  };

  return (
    <>
      {isSending && view?.isPaused && (
        <Button icon={Play} look="primary" about={name} onClick={() => sender.resume(upload.id)}>
          <Trans>Resume</Trans>
        </Button>
      )}
      {isSending && !view?.isPaused && (
        <Button icon={Pause} about={name} onClick={() => sender.pause(upload.id)}>
          <Trans>Pause</Trans>
        </Button>
      )}
      <Button icon={Square} about={name} disabled={isBusy} onClick={() => write(stop)}>
        <Trans>Stop</Trans>
      </Button>
    </>
  );
}

const statusNames = {
  undone: t`Undone`,
  cancelled: t`Stopped`,
  pending: t`Waiting`,
  processing: t`Working`,
  completed: t`Done`,
  partial: t`Done, some left out`,
  failed: t`Failed`,
};

export function UploadStatus({ upload }: { upload: Upload }) {
  const status = statusOf(upload);
  return <Status of={status}>{nameOf(statusNames, status)}</Status>;
}

function statusOf(upload: Upload): keyof typeof statusNames {
  if (upload.undone_at !== null) return "undone";
  if (upload.cancelled) return "cancelled";
  const isWaiting = isOpen(upload) && upload.received_bytes === 0 && settledFiles(upload) === 0;
  if (upload.status === "partial" && leftOutOf(upload) === upload.failed_files) return "completed";
  return isWaiting ? "pending" : upload.status;
}
