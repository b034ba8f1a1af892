import { Pause, Play, Square } from "lucide-react";
import { useState } from "react";

import { ApiError } from "../api/error";
import { toast } from "../ui/toast";
import { refreshUploads, stopUpload } from "./api";
import type { Upload } from "./schema";
import { sender } from "./sender";
import type { UploadView } from "./sending";

interface Props {
  upload: Upload;
  view: UploadView | null;
}

/** Pause is this page's; stop is the service's: what is in stays in, the rest is reported as stopped. */
export function SendControls({ upload, view }: Props) {
  const [isBusy, setBusy] = useState(false);
  const name = upload.name ?? "the upload";
  const isSending = view?.items.some(({ state }) => state === "sending" || state === "waiting") ?? false;

  const stop = async () => {
    setBusy(true);
    try {
      sender.pause(upload.id);
      await stopUpload(upload.id);
      sender.drop(upload.id);
      toast.info("Stopped. What was in already stays in your library.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(error.message);
    } finally {
      refreshUploads();
      setBusy(false);
    }
  };

  return (
    <>
      {isSending && view?.isPaused && (
        <button type="button" className="button primary" onClick={() => sender.resume(upload.id)}>
          <Play aria-hidden /> Resume<span className="visually-hidden"> {name}</span>
        </button>
      )}
      {isSending && !view?.isPaused && (
        <button type="button" className="button" onClick={() => sender.pause(upload.id)}>
          <Pause aria-hidden /> Pause<span className="visually-hidden"> {name}</span>
        </button>
      )}
      <button type="button" className="button" disabled={isBusy} onClick={() => void stop()}>
        <Square aria-hidden /> Stop<span className="visually-hidden"> {name}</span>
      </button>
    </>
  );
}
