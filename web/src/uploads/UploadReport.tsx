import { ArrowLeft, FileDown, Images, RotateCcw, Undo2 } from "lucide-react";
import { useMemo, useState } from "react";

import { ApiError } from "../api/error";
import { go, pageHref } from "../lib/address";
import { formatBytes, formatDate, plural } from "../lib/format";
import { OpenLink } from "../ui/OpenLink";
import { PageBody } from "../ui/PageBody";
import { toast } from "../ui/toast";
import { csvUrl, refreshUploads, retryUpload, undoUpload, useLines, useUpload } from "./api";
import { FileLines } from "./FileLines";
import type { Wanted } from "./matching";
import type { Line, Upload } from "./schema";
import { SendControls } from "./SendControls";
import { goOnWith } from "./sender";
import { SendProgress } from "./SendProgress";
import type { UploadView } from "./sending";
import { StatusIcon } from "./StatusIcon";
import { isOpen, remedyFor, settledFiles, statusWords } from "./uploads";
import { UploadSummary } from "./UploadSummary";

interface Props {
  id: string;
  /** As the stream tells it, while it is among the newest. */
  live: Upload | null;
  view: UploadView | null;
  missing: readonly Wanted[];
  onBack: () => void;
}

/** What became of every file: the left-out first, each with a sentence and one button. */
export function UploadReport({ id, live, view, missing, onBack }: Props) {
  const asked = useUpload(id, live === null);
  const upload = live ?? asked.data ?? null;
  // While files are settled by the dozen, their lines are asked for now and then.
  const version = upload ? `${upload.status} ${String(Math.ceil(settledFiles(upload) / 16))}` : "";
  const lines = useLines(id, version);
  const back = (
    <OpenLink className="button quiet" href={pageHref("uploads")} onOpen={onBack}>
      <ArrowLeft aria-hidden /> All uploads
    </OpenLink>
  );
  if (!upload) {
    return (
      <PageBody title="Upload" actions={back}>
        {asked.error && (
          <p className="empty" role="alert">
            {asked.error.message}
          </p>
        )}
      </PageBody>
    );
  }
  return (
    <PageBody title={upload.name ?? plural(upload.total_files, "file")} actions={back}>
      <section className="report-head" data-status={isOpen(upload) ? "open" : upload.status}>
        <p className="report-status">
          <span className="status">
            <StatusIcon upload={upload} /> {statusWords(upload)}
          </span>
          <span className="muted">
            {plural(upload.total_files, "file")} · {formatBytes(upload.total_bytes)} · {formatDate(upload.created_at)}
          </span>
        </p>
        {isOpen(upload) ? (
          <>
            <SendProgress upload={upload} view={view} missing={missing} />
            <div className="buttons">
              <SendControls upload={upload} view={view} />
            </div>
          </>
        ) : (
          <>
            <UploadSummary upload={upload} lines={lines.data ?? []} />
            <ReportButtons upload={upload} lines={lines.data ?? []} />
          </>
        )}
      </section>
      <FileLines upload={upload} lines={lines.data ?? null} view={view} error={lines.error} />
    </PageBody>
  );
}

function ReportButtons({ upload, lines }: { upload: Upload; lines: readonly Line[] }) {
  const [isBusy, setBusy] = useState(false);
  const failed = useMemo(() => lines.filter((line) => remedyFor(line.error_code) === "retry"), [lines]);
  const isAnyAdded = lines.some(({ outcome }) => outcome === "added" || outcome === "restored");

  const perform = (work: () => Promise<string>) => async () => {
    setBusy(true);
    try {
      toast.success(await work());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(error.message);
    } finally {
      refreshUploads();
      setBusy(false);
    }
  };
  const retry = perform(async () => {
    await retryUpload(upload.id);
    goOnWith(upload.id);
    return `${plural(failed.length, "file is", "files are")} tried again.`;
  });
  const undo = perform(() => undoUpload(upload.id));

  return (
    <div className="buttons">
      {failed.length > 0 && (
        <button type="button" className="button primary" disabled={isBusy} onClick={() => void retry()}>
          <RotateCcw aria-hidden /> Try {plural(failed.length, "file")} again
        </button>
      )}
      {upload.successful_files > 0 && upload.undone_at === null && (
        <OpenLink
          className="button"
          href={pageHref("library", { upload: upload.id })}
          onOpen={() => go("library", { upload: upload.id })}
        >
          <Images aria-hidden /> Show in library
        </OpenLink>
      )}
      {upload.failed_files > 0 && (
        <a className="button" href={csvUrl(upload.id)} download>
          <FileDown aria-hidden /> Left-out files as CSV
        </a>
      )}
      {isAnyAdded && upload.undone_at === null && (
        <button type="button" className="button danger" disabled={isBusy} onClick={() => void undo()}>
          <Undo2 aria-hidden /> Undo this upload
        </button>
      )}
    </div>
  );
}
