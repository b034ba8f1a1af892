import { CircleAlert, FolderSearch } from "lucide-react";

import { formatBytes, formatCount, formatDuration, plural } from "../lib/format";
import { Progress } from "../ui/Progress";
import { ChooseButtons } from "./ChooseButtons";
import type { Wanted } from "./matching";
import type { Upload } from "./schema";
import type { UploadView } from "./sending";
import { settledFiles } from "./uploads";

interface Props {
  upload: Upload;
  view: UploadView | null;
  missing: readonly Wanted[];
}

/** How far an open upload is: bytes that have arrived, files that are settled, and what stands in the way. */
export function SendProgress({ upload, view, missing }: Props) {
  const settled = settledFiles(upload);
  const isSending = view?.items.some(({ state }) => state === "sending" || state === "waiting") ?? false;
  return (
    <>
      <Progress
        label={`Bytes of ${upload.name ?? "the upload"} that have arrived`}
        value={upload.received_bytes}
        max={Math.max(1, upload.total_bytes)}
        tone={view?.isPaused || view?.trouble || missing.length > 0 ? "waiting" : "accent"}
      />
      <p className="muted numbers">
        {formatBytes(upload.received_bytes)} of {formatBytes(upload.total_bytes)}
        {view?.rate != null && !view.isPaused && ` · ${formatBytes(view.rate)}/s`}
        {view?.secondsLeft != null && view.secondsLeft > 0 && !view.isPaused && (
          <> · about {formatDuration(Math.max(1, view.secondsLeft))} left</>
        )}
        {" · "}
        {formatCount(settled)} of {plural(upload.total_files, "file")} settled
      </p>
      {view?.isPaused && <p className="warning-text">Paused. What has arrived is kept.</p>}
      {view?.trouble && !view.isPaused && (
        <p className="warning-text" role="status">
          <CircleAlert aria-hidden /> {view.trouble}
        </p>
      )}
      {missing.length > 0 && <ChooseAgain missing={missing} />}
      {!isSending && missing.length === 0 && upload.received_bytes === upload.total_bytes && (
        <p className="muted">All is sent. The files are being looked at.</p>
      )}
    </>
  );
}

/** After a reload the browser must be given its larger files again; it sends of them only what is missing. */
function ChooseAgain({ missing }: { missing: readonly Wanted[] }) {
  const [first] = missing;
  return (
    <div className="choose-again">
      <p>
        <FolderSearch aria-hidden /> This page was closed meanwhile. Choose{" "}
        {missing.length === 1 ? (
          <bdi>“{first?.path}”</bdi>
        ) : (
          `the folder with these ${formatCount(missing.length)} files`
        )}{" "}
        again and it goes on where it was; nothing is sent twice.
      </p>
      <div className="buttons">
        <ChooseButtons />
      </div>
    </div>
  );
}
