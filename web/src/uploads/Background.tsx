import { useEffect } from "react";

import { moderates } from "../api/config";
import { isSessionOver, onSessionChange } from "../api/session";
import { go } from "../lib/address";
import { plural } from "../lib/format";
import { useEventListener, useTabVisible } from "../lib/useEventListener";
import { useBadge } from "../page/badges";
import { useGlobalDrop } from "../ui/drop";
import { toast } from "../ui/toast";
import { useUploads } from "./api";
import { fromTransfer } from "./chosen";
import { IntakeDialog } from "./IntakeDialog";
import { offer, useOffered, withdraw } from "./offered";
import type { Upload } from "./schema";
import { goOn, sender } from "./sender";
import { isOpen } from "./uploads";

/** Files are taken wherever they are dropped, and one's own uploads go on whichever page is open. */
export default function Background() {
  const offered = useOffered();
  useGlobalDrop("Drop files and folders to upload them", (transfer) => {
    void fromTransfer(transfer).then(offer);
  });
  return (
    <>
      {!moderates && <OwnUploads />}
      {offered && <IntakeDialog choice={offered} onClose={withdraw} />}
    </>
  );
}

function OwnUploads() {
  const { uploads } = useUploads((upload, before) => {
    if (isOpen(upload)) return;
    sender.drop(upload.id);
    if (before && isOpen(before)) tellFinished(upload);
  });
  useBadge("uploads", uploads?.filter(isOpen).length ?? 0, "upload", "under way");
  useSending();
  return null;
}

/** What was interrupted goes on: now, when the network is back, when the visitor is, and when they have signed in. */
function useSending(): void {
  useEffect(() => {
    begin();
    return onSessionChange(again);
  }, []);
  useEventListener(window, "online", again);
  useTabVisible(again);
  useEventListener(window, "beforeunload", (event) => {
    if (sender.losesByReload) event.preventDefault();
  });
}

let hasBegun = false;

function begin(): void {
  if (hasBegun || isSessionOver()) return;
  hasBegun = true;
  // What is wrong is told where uploads are shown; it is tried again when something may have become better.
  goOn().catch(() => (hasBegun = false));
}

function again(): void {
  begin();
  sender.retryNow();
}

function tellFinished(upload: Upload): void {
  const action = { label: "Report", onClick: () => go("uploads", { upload: upload.id }) };
  const name = upload.name ?? "Your upload";
  if (upload.cancelled || upload.undone_at) return;
  if (upload.failed_files === 0) {
    toast.success(`${name}: ${plural(upload.successful_files, "file is", "files are")} in your library.`, { action });
  } else {
    const left = plural(upload.failed_files, "file was left out", "files were left out");
    toast.info(`${name}: ${plural(upload.successful_files, "file is", "files are")} in your library, ${left}.`, {
      action,
      duration: 15_000,
    });
  }
}
