import { FolderSearch, Images, RotateCcw } from "lucide-react";
import { memo, useMemo, useState } from "react";

import { chunk } from "../../platform/lists";
import { formatBytes, plural } from "../../platform/format";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/OpenLink";
import { LoadError } from "../../ui/Empty";
import { useWrite } from "../../ui/useWrite";
import { refreshUploads, retryUpload } from "./api";
import { byReason, MAX_PER_REQUEST } from "./check";
import { offerChosen } from "./offered";
import type { Line, Upload } from "./schema";
import { resumeUpload, useSending } from "./sender";
import type { ItemView } from "./sending";
import { isOpen, outcomeWords, remedyFor } from "./uploads";

/** How many files of a group are shown at first. */
const SHOWN = 8;

interface Props {
  upload: Upload;
  lines: readonly Line[] | null;
  error: Error | null;
  onRetry: () => void;
}

/** The files of an upload: left-out ones first, grouped by reason, because they need action. */
export function FileLines({ upload, lines, error, onRetry }: Props) {
  const view = useSending(upload.id);
  const sending = useMemo(() => new Map(view?.items.map((item) => [item.id, item])), [view]);
  if (error && !lines) return <LoadError error={error} onRetry={onRetry} />;
  const failed = lines?.filter(({ status }) => status === "failed") ?? [];
  const others = lines?.filter(({ status }) => status !== "failed") ?? [];
  const bytes = others.reduce((sum, { size_bytes: size }) => sum + size, 0);
  return (
    <>
      {failed.length > 0 && (
        <section className="lines" aria-labelledby="left-out">
          <h3 id="left-out">
            {plural(upload.failed_files || failed.length, "file was left out", "files were left out")}
          </h3>
          {byReason(failed, ({ error_message: message }) => message).map(({ reason, items }) => (
            <LeftOutGroup key={reason} upload={upload} reason={reason} lines={items} />
          ))}
        </section>
      )}
      {others.length > 0 && (
        <section className="lines" aria-labelledby="the-others">
          <h3 id="the-others">
            {isOpen(upload)
              ? plural(upload.total_files, "file")
              : plural(upload.successful_files, "file is in your library", "files are in your library")}
            {others.length < upload.successful_files && <span className="muted"> · the first {others.length}</span>}
            <span className="muted"> · {formatBytes(bytes)}</span>
          </h3>
          <ul>
            {others.map((line) => (
              <FileLine key={line.id} upload={upload} line={line} item={sending.get(line.id) ?? null} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface GroupProps {
  upload: Upload;
  reason: string;
  lines: readonly Line[];
}

async function retry(upload: Upload, lines: readonly Line[]): Promise<void> {
  const ids = lines.map(({ id }) => id);
  for (const part of chunk(ids, MAX_PER_REQUEST)) await retryUpload(upload.id, part);
  resumeUpload(upload.id);
}

/** One reason, with the action for all of its files. */
function LeftOutGroup({ upload, reason, lines }: GroupProps) {
  const [isBusy, write] = useWrite(refreshUploads);
  const [isWhole, setWhole] = useState(false);
  const canRetry = lines.every((line) => remedyFor(line.error_code) === "retry");
  const shown = isWhole ? lines : lines.slice(0, SHOWN);
  return (
    <section className="left-out-group">
      <p className="spread">
        <span>
          <strong className="numbers">{lines.length}</strong> · {reason}
        </span>
        {canRetry && lines.length > 1 && (
          <Button icon={RotateCcw} disabled={isBusy} onClick={() => write(() => retry(upload, lines))}>
            Try these {lines.length} again
          </Button>
        )}
      </p>
      <ul>
        {shown.map((line) => (
          <FileLine key={line.id} upload={upload} line={line} item={null} />
        ))}
      </ul>
      {shown.length < lines.length && (
        <Button look="quiet" onClick={() => setWhole(true)}>
          Show {plural(lines.length - shown.length, "more file")}
        </Button>
      )}
    </section>
  );
}

interface LineProps {
  upload: Upload;
  line: Line;
  /** This tab's progress in sending it. */
  item: ItemView | null;
}

const FileLine = memo(function FileLine({ upload, line, item }: LineProps) {
  const isFailed = line.status === "failed";
  return (
    <li className="line" data-status={line.status}>
      <bdi className="cut">{line.path}</bdi>
      <span className="line-size numbers muted">{formatBytes(line.size_bytes)}</span>
      {isFailed ? (
        <RemedyButton upload={upload} line={line} />
      ) : (
        <span className="line-state">
          <LineState upload={upload} line={line} item={item} />
        </span>
      )}
    </li>
  );
});

function LineState({ upload, line, item }: LineProps) {
  if (line.status === "success") {
    const words = line.outcome ? outcomeWords[line.outcome] : "In";
    if (line.asset_id === null || upload.undone_at !== null) return <>{words}</>;
    return (
      <PageLink page="library" query={{ asset: line.asset_id }}>
        {words}
      </PageLink>
    );
  }
  if (item?.state === "sending") return <SentShare sent={item.sentBytes} size={item.size} />;
  if (item?.state === "failed") return <span className="bad">{item.error}</span>;
  if (line.status === "processing" || item?.state === "sent") return <>Being processed</>;
  if (line.url === null) return <>{isOpen(upload) ? "Being processed" : "Waiting"}</>;
  return <>{line.received_bytes > 0 ? <SentShare sent={line.received_bytes} size={line.size_bytes} /> : "Waiting"}</>;
}

function SentShare({ sent, size }: { sent: number; size: number }) {
  const share = size > 0 ? Math.min(1, sent / size) : 0;
  return (
    <span className="share numbers">
      <span className="share-bar" aria-hidden>
        <span style={{ width: `${share * 100}%` }} />
      </span>
      {Math.floor(share * 100)} %
    </span>
  );
}

/** The one button for a left-out file. */
function RemedyButton({ upload, line }: { upload: Upload; line: Line }) {
  const [isBusy, write] = useWrite(refreshUploads);
  switch (remedyFor(line.error_code)) {
    case "retry":
      return (
        <Button icon={RotateCcw} about={line.path} disabled={isBusy} onClick={() => write(() => retry(upload, [line]))}>
          Try again
        </Button>
      );
    case "none":
      return null;
    case "room":
      return (
        <PageLink className="button" icon={Images} page="library" query={{ state: "trash" }}>
          Open the trash
        </PageLink>
      );
    default:
      // The file itself is at fault: the user can choose another, which becomes a new upload.
      return (
        <label className="button">
          <FolderSearch aria-hidden /> Choose another
          <span className="visually-hidden"> in place of {line.file_name}</span>
          <input type="file" className="visually-hidden" onChange={offerChosen} />
        </label>
      );
  }
}
