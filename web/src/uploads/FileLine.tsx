import { FolderSearch, Images, RotateCcw } from "lucide-react";
import { memo } from "react";

import { formatBytes } from "../lib/format";
import { Button } from "../ui/Button";
import { PageLink } from "../ui/OpenLink";
import { useAsking } from "../ui/useAsking";
import { refreshUploads, retryUpload } from "./api";
import { offerChosen } from "./offered";
import type { Line, Upload } from "./schema";
import { goOnWith } from "./sender";
import type { ItemView } from "./sending";
import { isOpen, outcomeWords, remedyFor } from "./uploads";

interface Props {
  upload: Upload;
  line: Line;
  /** What this tab is sending of it. */
  item: ItemView | null;
}

export const FileLine = memo(function FileLine({ upload, line, item }: Props) {
  const isFailed = line.processing_status === "failed";
  return (
    <li className="line" data-status={line.processing_status}>
      <bdi className="cut">{line.path}</bdi>
      <span className="line-size numbers muted">{formatBytes(line.file_size)}</span>
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

function LineState({ upload, line, item }: Props) {
  if (line.processing_status === "success") {
    const words = line.outcome ? outcomeWords[line.outcome] : "In";
    if (line.asset_id === null || upload.undone_at !== null) return <>{words}</>;
    return (
      <PageLink page="library" query={{ asset: String(line.asset_id) }}>
        {words}
      </PageLink>
    );
  }
  if (item?.state === "sending") return <SentShare sent={item.sentBytes} size={item.size} />;
  if (item?.state === "failed") return <span className="danger-text">{item.error}</span>;
  if (line.processing_status === "processing" || item?.state === "sent") return <>Being looked at</>;
  if (line.url === null) return <>{isOpen(upload) ? "Being looked at" : "Waiting"}</>;
  return <>{line.received_bytes > 0 ? <SentShare sent={line.received_bytes} size={line.file_size} /> : "Waiting"}</>;
}

function SentShare({ sent, size }: { sent: number; size: number }) {
  const share = size > 0 ? Math.min(1, sent / size) : 0;
  return (
    <span className="share numbers">
      <span className="share-bar" aria-hidden>
        <span style={{ width: `${String(share * 100)}%` }} />
      </span>
      {Math.floor(share * 100)} %
    </span>
  );
}

/** One button for what can be done about it. */
function RemedyButton({ upload, line }: { upload: Upload; line: Line }) {
  const [isBusy, ask] = useAsking(refreshUploads);
  const retry = async () => {
    await retryUpload(upload.id, [line.id]);
    goOnWith(upload.id);
  };
  switch (remedyFor(line.error_code)) {
    case "retry":
      return (
        <Button icon={RotateCcw} about={line.path} disabled={isBusy} onClick={() => void ask(retry)}>
          Try again
        </Button>
      );
    case "room":
      return (
        <PageLink className="button" icon={Images} page="library" query={{ state: "trash" }}>
          Open the trash
        </PageLink>
      );
    default:
      // The file itself is the trouble: another one takes its place, in an upload of its own.
      return (
        <label className="button">
          <FolderSearch aria-hidden /> Choose another
          <span className="visually-hidden"> in place of {line.file_name}</span>
          <input type="file" className="visually-hidden" onChange={offerChosen} />
        </label>
      );
  }
}
