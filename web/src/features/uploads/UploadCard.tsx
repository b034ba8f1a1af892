import { FileText } from "lucide-react";

import { useNow } from "../../platform/clock";
import { formatAgo, formatBytes, formatCount, plural } from "../../platform/format";
import { pageHref } from "../../platform/address";
import { OpenLink } from "../../ui/OpenLink";
import { SendControls, SendProgress, UploadStatus } from "./SendProgress";
import type { Upload } from "./schema";
import { isOpen, leftOutOf } from "./uploads";

interface Props {
  upload: Upload;
  onOpen: () => void;
}

export function UploadCard({ upload, onOpen }: Props) {
  const now = useNow(10_000);
  const leftOut = leftOutOf(upload);
  const name = upload.name ?? plural(upload.total_files, "file");
  return (
    <li className="card" data-status={isOpen(upload) ? "open" : upload.status}>
      <div className="spread">
        <h3>
          <OpenLink href={pageHref("uploads", { upload: upload.id })} onOpen={onOpen}>
            <bdi>{name}</bdi>
          </OpenLink>
        </h3>
        <UploadStatus upload={upload} />
      </div>
      <p className="muted">
        {plural(upload.total_files, "file")} · {formatBytes(upload.total_size_bytes)} ·{" "}
        <time dateTime={upload.created_at}>{formatAgo(upload.created_at, now)}</time>
      </p>
      {isOpen(upload) ? (
        <SendProgress upload={upload} />
      ) : (
        <p>
          {plural(upload.successful_files, "file is in your library", "files are in your library")}
          {upload.failed_files > leftOut && (
            <strong className="wait"> · {plural(upload.failed_files - leftOut, "left out", "left out")}</strong>
          )}
          {leftOut > 0 && <span className="muted"> · {formatCount(leftOut)} hidden or unfinished</span>}
        </p>
      )}
      <div className="buttons">
        {isOpen(upload) && <SendControls upload={upload} />}
        <OpenLink className="button" href={pageHref("uploads", { upload: upload.id })} onOpen={onOpen}>
          <FileText aria-hidden /> {isOpen(upload) ? "Files" : "Report"}
          <span className="visually-hidden"> of {name}</span>
        </OpenLink>
      </div>
    </li>
  );
}
