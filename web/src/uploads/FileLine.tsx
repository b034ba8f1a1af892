import { FolderSearch, Images, RotateCcw } from "lucide-react";
import { memo, useState } from "react";

import { ApiError } from "../api/error";
import { go, pageHref } from "../lib/address";
import { formatBytes } from "../lib/format";
import { OpenLink } from "../ui/OpenLink";
import { toast } from "../ui/toast";
import { refreshUploads, retryUpload } from "./api";
import { fromInput } from "./chosen";
import { offer } from "./offered";
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
      <bdi className="line-path">{line.path}</bdi>
      <span className="line-size muted">{formatBytes(line.file_size)}</span>
      {isFailed ? (
        <>
          <span className="line-reason">{line.error_message}</span>
          <RemedyButton upload={upload} line={line} />
        </>
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
    const query = { asset: String(line.asset_id) };
    return (
      <OpenLink href={pageHref("library", query)} onOpen={() => go("library", query)}>
        {words}
      </OpenLink>
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
    <span className="share">
      <span className="share-bar" aria-hidden>
        <span style={{ width: `${String(share * 100)}%` }} />
      </span>
      {Math.floor(share * 100)} %
    </span>
  );
}

/** One button for what can be done about it; none where the file itself has to be changed first. */
function RemedyButton({ upload, line }: { upload: Upload; line: Line }) {
  const [isBusy, setBusy] = useState(false);
  const remedy = remedyFor(line.error_code);
  const retry = async () => {
    setBusy(true);
    try {
      await retryUpload(upload.id, [line.id]);
      goOnWith(upload.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(error.message);
    } finally {
      refreshUploads();
      setBusy(false);
    }
  };
  if (remedy === "retry") {
    return (
      <button type="button" className="button" disabled={isBusy} onClick={() => void retry()}>
        <RotateCcw aria-hidden /> Try again<span className="visually-hidden"> {line.path}</span>
      </button>
    );
  }
  if (remedy === "room") {
    return (
      <OpenLink
        className="button"
        href={pageHref("library", { state: "trash" })}
        onOpen={() => go("library", { state: "trash" })}
      >
        <Images aria-hidden /> Open the trash
      </OpenLink>
    );
  }
  return <ChooseAnother name={line.file_name} />;
}

/** The file itself is the trouble: another one takes its place, in an upload of its own. */
function ChooseAnother({ name }: { name: string }) {
  return (
    <label className="button">
      <FolderSearch aria-hidden /> Choose another
      <span className="visually-hidden"> in place of {name}</span>
      <input type="file" className="visually-hidden" onChange={takeOne} />
    </label>
  );
}

function takeOne(event: { target: HTMLInputElement }): void {
  const list = [...(event.target.files ?? [])];
  event.target.value = "";
  if (list.length > 0) offer(fromInput(list));
}
