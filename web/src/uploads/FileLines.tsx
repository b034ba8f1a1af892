import { RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";

import { chunksOf } from "../lib/chunks";
import { formatBytes, plural } from "../lib/format";
import { Button } from "../ui/Button";
import { useAsking } from "../ui/useAsking";
import { refreshUploads, retryUpload } from "./api";
import { FileLine } from "./FileLine";
import { byReason } from "./reasons";
import type { Line, Upload } from "./schema";
import { goOnWith } from "./sender";
import type { UploadView } from "./sending";
import { isOpen, remedyFor } from "./uploads";

/** Of more with one reason these are shown until the others are asked for. */
const SHOWN = 8;

interface Props {
  upload: Upload;
  lines: readonly Line[] | null;
  view: UploadView | null;
  error: Error | null;
}

/** The files of an upload. What was left out stands first, by why: it is what one can still do something about. */
export function FileLines({ upload, lines, view, error }: Props) {
  const sending = useMemo(() => new Map(view?.items.map((item) => [item.id, item])), [view]);
  if (error && !lines) {
    return (
      <p className="empty" role="alert">
        {error.message}
      </p>
    );
  }
  const failed = lines?.filter(({ processing_status: status }) => status === "failed") ?? [];
  const others = lines?.filter(({ processing_status: status }) => status !== "failed") ?? [];
  const bytes = others.reduce((sum, { file_size: size }) => sum + size, 0);
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
              : plural(upload.successful_files, "file is in", "files are in")}
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

/** A reason, said once, with what can be done for all of its files. */
function LeftOutGroup({ upload, reason, lines }: GroupProps) {
  const [isBusy, ask] = useAsking(refreshUploads);
  const [isWhole, setWhole] = useState(false);
  const canRetry = lines.every((line) => remedyFor(line.error_code) === "retry");
  const shown = isWhole ? lines : lines.slice(0, SHOWN);
  const retry = async () => {
    for (const ids of chunksOf(
      lines.map(({ id }) => id),
      512,
    ))
      await retryUpload(upload.id, ids);
    goOnWith(upload.id);
  };
  return (
    <section className="left-out-group">
      <p className="spread">
        <span>
          <strong className="numbers">{lines.length}</strong> · {reason}
        </span>
        {canRetry && lines.length > 1 && (
          <Button icon={RotateCcw} disabled={isBusy} onClick={() => void ask(retry)}>
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
