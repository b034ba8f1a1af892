import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { FileDown, Images, Undo2 } from "lucide-react";
import { type ReactNode, useMemo } from "react";

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

/** One upload, opened from the list. */
export function UploadReport({ id, live, onBack }: Props) {
  const asked = useUpload(id, live === null);
  const upload = live ?? asked.data ?? null;
  const back = <BackLink to="uploads" words={t`Uploads`} onOpen={onBack} />;
  if (!upload) {
    return (
      <PageBody title={t`Upload`} back={back}>
        {asked.error && <LoadError error={asked.error} onRetry={() => void asked.refetch()} />}
      </PageBody>
    );
  }
  return (
    <PageBody title={nameOf(upload)} back={back}>
      <UploadWork key={upload.id} upload={upload} />
    </PageBody>
  );
}

export const nameOf = (upload: Upload) =>
  upload.name ?? plural(upload.total_files, { one: "# file", other: "# files" });

interface WorkProps {
  upload: Upload;
  /** Where the bar does not have it. */
  name?: string;
  /** Below the report. */
  children?: ReactNode;
}

/** An upload's files as they arrive, and beside them what became of them, so far or in the end. */
export function UploadWork({ upload, name, children }: WorkProps) {
  return (
    <div className="upload-work">
      <div className="upload-files">
        <header className="upload-head" data-status={isOpen(upload) ? "open" : upload.status}>
          {name !== undefined && (
            <h2 className="cut">
              <bdi>{name}</bdi>
            </h2>
          )}
          <UploadStatus upload={upload} />
          <span className="muted numbers">
            {plural(upload.total_files, { one: "# file", other: "# files" })} · {formatBytes(upload.total_size_bytes)} ·{" "}
            {formatDate(upload.created_at)}
          </span>
          {isOpen(upload) && (
            <>
              <span className="grow" />
              <SendControls upload={upload} />
              <SendProgress upload={upload} />
            </>
          )}
        </header>
        <UploadSheet upload={upload} />
      </div>
      <aside className="upload-side" aria-label={t`Report`}>
        <Report upload={upload} />
        {children}
      </aside>
    </div>
  );
}

/** How an upload stands: its numbers add up, and what is to do comes first. */
function Report({ upload }: { upload: Upload }) {
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
    <>
      <section className="upload-part" aria-label={t`Numbers`}>
        <h3 className="over">{isOpen(upload) ? t`Report, so far` : t`Report`}</h3>
        <Summary upload={upload} />
        {!isOpen(upload) && <ReportButtons upload={upload} lines={lines} />}
      </section>
      {failed.error && <LoadError error={failed.error} onRetry={() => void failed.refetch()} />}
      <LeftOut upload={upload} lines={lines} />
    </>
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
