import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { FileDown, Images, Undo2 } from "lucide-react";
import { useMemo } from "react";

import { useCommands } from "../../commands/commands";
import { formatBytes, formatCount, formatDate, formatDecimal } from "../../platform/format";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { Numbers } from "../../ui/Numbers";
import { PageLink } from "../../ui/OpenLink";
import { PageBody, BackLink } from "../../ui/PageBody";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { csvUrl, refreshUploads, retryUpload, undoUpload, useFailed, useUpload } from "./api";
import { LeftOut } from "./LeftOut";
import type { Line, Upload } from "./schema";
import { resumeUpload, sender, useSending } from "./sender";
import { SendControls, SendProgress, UploadStatus } from "./SendProgress";
import { isOpen, leftOutOf, outcomesOf, remedyFor, settledFiles } from "./uploads";
import { UploadSheet } from "./UploadSheet";

interface Props {
  id: string;
  /** From the live list, while it is among the newest. */
  live: Upload | null;
  onBack: () => void;
}

/** One upload: its sheet, and beside it the report. */
export function UploadReport({ id, live, onBack }: Props) {
  const asked = useUpload(id, live === null);
  const upload = live ?? asked.data ?? null;
  const back = <BackLink to="uploads" onOpen={onBack} />;
  if (!upload) {
    return (
      <PageBody title={t`Upload`} actions={back}>
        {asked.error && <LoadError error={asked.error} onRetry={() => void asked.refetch()} />}
      </PageBody>
    );
  }
  return (
    <PageBody title={nameOf(upload)} actions={back}>
      <div className="upload-work upload-alone">
        <UploadSide upload={upload} />
        <UploadSheet key={upload.id} upload={upload} />
      </div>
    </PageBody>
  );
}

export const nameOf = (upload: Upload) =>
  upload.name ?? plural(upload.total_files, { one: "# file", other: "# files" });

/** How an upload stands, so far or in the end: its numbers add up, and what is to do comes first. */
export function UploadSide({ upload }: { upload: Upload }) {
  // While files are being processed, the failed ones are refetched every 16 files.
  const version = `${upload.status} ${String(Math.ceil(settledFiles(upload) / 16))}`;
  const failed = useFailed(upload.id, version, upload.failed_files > 0);
  const lines = useMemo(() => (upload.failed_files > 0 ? (failed.data ?? []) : []), [upload.failed_files, failed.data]);
  const isPaused = useSending(upload.id)?.isPaused ?? false;
  const [, write] = useWrite(refreshUploads);
  useCommands([
    ...(lines.some(canRetry)
      ? [{ name: "retry", label: t`Send left-out files again`, run: () => write(() => retryAll(upload)) } as const]
      : []),
    ...(isOpen(upload)
      ? [
          {
            name: "pause",
            label: isPaused ? t`Resume the upload` : t`Pause the upload`,
            run: () => (isPaused ? sender.resume(upload.id) : sender.pause(upload.id)),
          } as const,
        ]
      : []),
  ]);
  return (
    <div className="upload-side">
      <section className="report-head" data-status={isOpen(upload) ? "open" : upload.status}>
        <p className="spread">
          <UploadStatus upload={upload} />
          <span className="muted">
            {plural(upload.total_files, { one: "# file", other: "# files" })} · {formatBytes(upload.total_size_bytes)} ·{" "}
            {formatDate(upload.created_at)}
          </span>
        </p>
        {isOpen(upload) ? (
          <>
            <SendProgress upload={upload} />
            <Summary upload={upload} />
            <div className="buttons">
              <SendControls upload={upload} />
            </div>
          </>
        ) : (
          <>
            <Summary upload={upload} />
            <ReportButtons upload={upload} lines={lines} />
          </>
        )}
      </section>
      {failed.error && <LoadError error={failed.error} onRetry={() => void failed.refetch()} />}
      <LeftOut upload={upload} lines={lines} />
    </div>
  );
}

const canRetry = (line: Line) => remedyFor(line.error_code) === "retry";

async function retryAll(upload: Upload): Promise<void> {
  await retryUpload(upload.id);
  resumeUpload(upload.id);
}

function ReportButtons({ upload, lines }: { upload: Upload; lines: readonly Line[] }) {
  const [isBusy, write] = useWrite(refreshUploads);
  const failed = useMemo(() => lines.filter(canRetry), [lines]);
  const ended = outcomesOf(upload);
  const isAnyAdded = ended.added > 0 || ended.restored > 0;
  const undo = async () => toast.success(await undoUpload(upload.id));
  const canUndo = isAnyAdded && upload.undone_at === null;
  useCommands([...(canUndo ? [{ name: "undo", label: t`Undo this upload`, run: () => write(undo) } as const] : [])]);

  return (
    <div className="buttons">
      {failed.length > 0 && (
        <Button look="primary" disabled={isBusy} onClick={() => write(() => retryAll(upload))}>
          <Trans>
            Try <Plural value={failed.length} one="# file" other="# files" /> again
          </Trans>
        </Button>
      )}
      {upload.successful_files > 0 && upload.undone_at === null && (
        <PageLink className="button" icon={Images} page="library" query={{ upload_id: upload.id }}>
          <Trans>Show in library</Trans>
        </PageLink>
      )}
      {upload.failed_files > 0 && (
        <a className="button" href={csvUrl(upload.id)} download>
          <FileDown aria-hidden /> <Trans>Left-out files as CSV</Trans>
        </a>
      )}
      {canUndo && (
        <Button icon={Undo2} look="danger" disabled={isBusy} onClick={() => write(undo)}>
          <Trans>Undo this upload</Trans>
        </Button>
      )}
    </div>
  );
}

/** The counts of an upload; they add up to all of its files. */
function Summary({ upload }: { upload: Upload }) {
  const ended = outcomesOf(upload);
  const seconds = (upload.processing_time_ms ?? 0) / 1000;
  const left = {
    label: t`left out`,
    value: upload.failed_files,
    tone: leftOutOf(upload) < upload.failed_files ? "wait" : "plain",
  } as const;
  if (isOpen(upload)) {
    const toCome = upload.total_files - settledFiles(upload);
    return (
      <Numbers
        numbers={[
          { label: t`in your library`, value: upload.successful_files, tone: "success" },
          left,
          { label: t`to come`, value: toCome, tone: "plain" },
        ]}
      />
    );
  }
  return (
    <>
      <Numbers
        numbers={[
          { label: t`added`, value: ended.added, tone: "success" },
          { label: t`already in library`, value: ended.already_there, tone: "plain" },
          { label: t`restored`, value: ended.restored, tone: "plain" },
          left,
        ]}
      />
      <p className="muted">
        <Trans>
          {formatCount(settledFiles(upload))} of <Plural value={upload.total_files} one="# file" other="# files" />{" "}
          processed
          {upload.processing_time_ms !== null &&
            t` in ${seconds < 10 ? formatDecimal(seconds, 1) : Math.round(seconds)} s`}
        </Trans>
      </p>
    </>
  );
}
