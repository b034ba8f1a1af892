import { FileDown, Images, RotateCcw, Undo2 } from "lucide-react";
import { useMemo } from "react";

import { formatBytes, formatCount, formatDate, plural } from "../../platform/format";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { Numbers } from "../../ui/Numbers";
import { PageLink } from "../../ui/OpenLink";
import { PageBody, BackLink } from "../../ui/PageBody";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { csvUrl, refreshUploads, retryUpload, undoUpload, useLines, useUpload } from "./api";
import { FileLines } from "./FileLines";
import type { Line, Upload } from "./schema";
import { resumeUpload } from "./sender";
import { SendControls, SendProgress, UploadStatus } from "./SendProgress";
import { isOpen, leftOutOf, outcomesOf, remedyFor, settledFiles } from "./uploads";

interface Props {
  id: string;
  /** From the live list, while it is among the newest. */
  live: Upload | null;
  onBack: () => void;
}

/** The outcome of every file: left-out ones first, each with a reason and one action. */
export function UploadReport({ id, live, onBack }: Props) {
  const asked = useUpload(id, live === null);
  const upload = live ?? asked.data ?? null;
  // While files are being processed, their list is refetched every 16 files.
  const version = upload ? `${upload.status} ${String(Math.ceil(settledFiles(upload) / 16))}` : "";
  const lines = useLines(id, version);
  const back = <BackLink to="uploads" onOpen={onBack} />;
  if (!upload) {
    return (
      <PageBody title="Upload" actions={back}>
        {asked.error && <LoadError error={asked.error} onRetry={() => void asked.refetch()} />}
      </PageBody>
    );
  }
  return (
    <PageBody title={upload.name ?? plural(upload.total_files, "file")} actions={back}>
      <section className="report-head" data-status={isOpen(upload) ? "open" : upload.status}>
        <p className="spread">
          <UploadStatus upload={upload} />
          <span className="muted">
            {plural(upload.total_files, "file")} · {formatBytes(upload.total_size_bytes)} ·{" "}
            {formatDate(upload.created_at)}
          </span>
        </p>
        {isOpen(upload) ? (
          <>
            <SendProgress upload={upload} />
            <div className="buttons">
              <SendControls upload={upload} />
            </div>
          </>
        ) : (
          <>
            <Summary upload={upload} />
            <ReportButtons upload={upload} lines={lines.data ?? []} />
          </>
        )}
      </section>
      <FileLines upload={upload} lines={lines.data ?? null} error={lines.error} onRetry={() => void lines.refetch()} />
    </PageBody>
  );
}

function ReportButtons({ upload, lines }: { upload: Upload; lines: readonly Line[] }) {
  const [isBusy, write] = useWrite(refreshUploads);
  const failed = useMemo(() => lines.filter((line) => remedyFor(line.error_code) === "retry"), [lines]);
  const ended = outcomesOf(upload);
  const isAnyAdded = ended.added > 0 || ended.restored > 0;

  const retry = async () => {
    await retryUpload(upload.id);
    resumeUpload(upload.id);
    toast.success(`Trying ${plural(failed.length, "file")} again.`);
  };
  const undo = async () => toast.success(await undoUpload(upload.id));

  return (
    <div className="buttons">
      {failed.length > 0 && (
        <Button icon={RotateCcw} look="primary" disabled={isBusy} onClick={() => write(retry)}>
          Try {plural(failed.length, "file")} again
        </Button>
      )}
      {upload.successful_files > 0 && upload.undone_at === null && (
        <PageLink className="button" icon={Images} page="library" query={{ upload_id: upload.id }}>
          Show in library
        </PageLink>
      )}
      {upload.failed_files > 0 && (
        <a className="button" href={csvUrl(upload.id)} download>
          <FileDown aria-hidden /> Left-out files as CSV
        </a>
      )}
      {isAnyAdded && upload.undone_at === null && (
        <Button icon={Undo2} look="danger" disabled={isBusy} onClick={() => write(undo)}>
          Undo this upload
        </Button>
      )}
    </div>
  );
}

/** The counts of a finished upload; they add up to all of its files. */
function Summary({ upload }: { upload: Upload }) {
  const ended = outcomesOf(upload);
  const seconds = (upload.processing_time_ms ?? 0) / 1000;
  const numbers = [
    { label: "added", value: ended.added, tone: "success" },
    { label: "already in library", value: ended.already_there, tone: "plain" },
    { label: "restored", value: ended.restored, tone: "plain" },
    { label: "left out", value: upload.failed_files, tone: leftOutOf(upload) < upload.failed_files ? "wait" : "plain" },
  ] as const;
  return (
    <>
      <Numbers numbers={numbers} />
      <p className="muted">
        {formatCount(upload.successful_files + upload.failed_files)} of {plural(upload.total_files, "file")} processed
        {upload.processing_time_ms !== null && ` in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`}
      </p>
    </>
  );
}
