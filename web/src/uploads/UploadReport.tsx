import { FileDown, Images, RotateCcw, Undo2 } from "lucide-react";
import { useMemo } from "react";

import { formatBytes, formatDate, plural } from "../lib/format";
import { Button } from "../ui/Button";
import { PageLink } from "../ui/OpenLink";
import { ErrorMessage, PageBody, BackLink } from "../ui/PageBody";
import { toast } from "../ui/toast";
import { useRequest } from "../ui/useRequest";
import { csvUrl, refreshUploads, retryUpload, undoUpload, useLines, useUpload } from "./api";
import { FileLines } from "./FileLines";
import type { Line, Upload } from "./schema";
import { goOnWith } from "./sender";
import { SendControls, SendProgress, UploadStatus } from "./SendProgress";
import { isOpen, outcomesOf, remedyFor, settledFiles } from "./uploads";

interface Props {
  id: string;
  /** As the stream tells it, while it is among the newest. */
  live: Upload | null;
  onBack: () => void;
}

/** What became of every file: the left-out first, each with a sentence and one button. */
export function UploadReport({ id, live, onBack }: Props) {
  const asked = useUpload(id, live === null);
  const upload = live ?? asked.data ?? null;
  // While files are settled by the dozen, their lines are asked for now and then.
  const version = upload ? `${upload.status} ${String(Math.ceil(settledFiles(upload) / 16))}` : "";
  const lines = useLines(id, version);
  const back = <BackLink to="uploads" onOpen={onBack} />;
  if (!upload) {
    return (
      <PageBody title="Upload" actions={back}>
        {asked.error && <ErrorMessage error={asked.error} />}
      </PageBody>
    );
  }
  return (
    <PageBody title={upload.name ?? plural(upload.total_files, "file")} actions={back}>
      <section className="report-head" data-status={isOpen(upload) ? "open" : upload.status}>
        <p className="spread">
          <UploadStatus upload={upload} />
          <span className="muted">
            {plural(upload.total_files, "file")} · {formatBytes(upload.total_bytes)} · {formatDate(upload.created_at)}
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
      <FileLines upload={upload} lines={lines.data ?? null} error={lines.error} />
    </PageBody>
  );
}

function ReportButtons({ upload, lines }: { upload: Upload; lines: readonly Line[] }) {
  const [isBusy, ask] = useRequest(refreshUploads);
  const failed = useMemo(() => lines.filter((line) => remedyFor(line.error_code) === "retry"), [lines]);
  const ended = outcomesOf(upload);
  const isAnyAdded = ended.added > 0 || ended.restored > 0;

  const retry = async () => {
    await retryUpload(upload.id);
    goOnWith(upload.id);
    toast.success(`${plural(failed.length, "file is", "files are")} tried again.`);
  };
  const undo = async () => toast.success(await undoUpload(upload.id));

  return (
    <div className="buttons">
      {failed.length > 0 && (
        <Button icon={RotateCcw} look="primary" disabled={isBusy} onClick={() => void ask(retry)}>
          Try {plural(failed.length, "file")} again
        </Button>
      )}
      {upload.successful_files > 0 && upload.undone_at === null && (
        <PageLink className="button" icon={Images} page="library" query={{ upload: upload.id }}>
          Show in library
        </PageLink>
      )}
      {upload.failed_files > 0 && (
        <a className="button" href={csvUrl(upload.id)} download>
          <FileDown aria-hidden /> Left-out files as CSV
        </a>
      )}
      {isAnyAdded && upload.undone_at === null && (
        <Button icon={Undo2} look="danger" disabled={isBusy} onClick={() => void ask(undo)}>
          Undo this upload
        </Button>
      )}
    </div>
  );
}

/** The numbers of a settled upload; they add up to all of its files. */
function Summary({ upload }: { upload: Upload }) {
  const ended = outcomesOf(upload);
  const seconds = (upload.processing_time_ms ?? 0) / 1000;
  const numbers = [
    { label: "added", value: ended.added, tone: "success" },
    { label: "already there", value: ended.already_there, tone: "plain" },
    { label: "back from the trash", value: ended.restored, tone: "plain" },
    { label: "left out", value: upload.failed_files, tone: "wait" },
  ];
  return (
    <>
      <dl className="numbers-row">
        {numbers
          .filter(({ value, label }) => value > 0 || label === "added")
          .map(({ label, value, tone }) => (
            <div key={label} data-tone={tone}>
              <dt className="muted">{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <p className="muted">
        Together {plural(upload.successful_files + upload.failed_files, "file")} of {upload.total_files}
        {upload.processing_time_ms !== null && ` · in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`}
      </p>
    </>
  );
}
