import { Pause, Play, Square } from "lucide-react";

import { Button } from "../ui/Button";
import { toast } from "../ui/toast";
import { useAsking } from "../ui/useAsking";
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
  const [isBusy, ask] = useAsking(refreshUploads);
  const name = upload.name ?? "the upload";
  const isSending = view?.items.some(({ state }) => state === "sending" || state === "waiting") ?? false;

  const stop = async () => {
    sender.pause(upload.id);
    await stopUpload(upload.id);
    sender.drop(upload.id);
    toast.info("Stopped. What was in already stays in your library.");
  };

  return (
    <>
      {isSending && view?.isPaused && (
        <Button icon={Play} look="primary" about={name} onClick={() => sender.resume(upload.id)}>
          Resume
        </Button>
      )}
      {isSending && !view?.isPaused && (
        <Button icon={Pause} about={name} onClick={() => sender.pause(upload.id)}>
          Pause
        </Button>
      )}
      <Button icon={Square} about={name} disabled={isBusy} onClick={() => void ask(stop)}>
        Stop
      </Button>
    </>
  );
}
