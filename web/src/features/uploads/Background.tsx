import { plural, t } from "@lingui/core/macro";
import { useEffect } from "react";

import { moderates } from "../../data/config";
import { openShared } from "../../data/dialogs";
import { isArchive, useBringsArchives } from "../../data/imports/imports";
import { isSessionOver, onSessionChange } from "../../data/session";
import { currentPage, go } from "../../platform/address";
import { useEventListener, useTabVisible } from "../../platform/useEventListener";
import { useBadge } from "../../ui/badges";
import { useGlobalDrop } from "../../ui/drop";
import { toast } from "../../ui/toast";
import { useUploads } from "./api";
import { isAwaited, readArrived } from "./archives";
import { type Choice, fromTransfer } from "./chosen";
import { IntakeDialog } from "./IntakeDialog";
import { offer, useOffered, dismissOffer } from "./offered";
import type { Upload } from "./schema";
import { goOn, sender } from "./sender";
import { isOpen } from "./uploads";

/** Accepts drops on any page, and keeps the user's uploads going whichever page is open. */
export default function Background() {
  const offered = useOffered();
  const isForImport = useBringsArchives();
  useGlobalDrop(
    isForImport ? t`Drop an archive to bring it back` : t`Drop files and folders to upload them`,
    (transfer) => {
      void fromTransfer(transfer, tellUnreadable).then(isForImport ? offerArchive : offer);
    },
  );
  return (
    <>
      {!moderates && <OwnUploads />}
      {offered && <IntakeDialog choice={offered} onClose={() => dismissOffer(offered)} />}
    </>
  );
}

function tellUnreadable(paths: readonly string[]): void {
  const [first = ""] = paths;
  toast.error(
    plural(paths.length, {
      one: `This browser cannot read “${first}”. It is left out.`,
      other: `This browser cannot read “${first}” and other files. They are left out.`,
    }),
  );
}

/** A single archive is read for an import; anything else is uploaded as it is elsewhere. */
function offerArchive(choice: Choice): void {
  const [only, ...others] = choice.files;
  if (only && others.length === 0 && isArchive(only.path)) {
    openShared({ about: "archive", file: only.file });
  } else offer(choice);
}

function OwnUploads() {
  const { uploads } = useUploads((upload, before) => {
    if (isOpen(upload)) return;
    sender.drop(upload.id);
    if (before && isOpen(before) && !isAwaited(upload.id)) tellFinished(upload);
  });
  useEffect(() => {
    if (uploads) readArrived(uploads);
  }, [uploads]);
  const open = uploads?.filter(isOpen).length ?? 0;
  useBadge("uploads", open, plural(open, { one: "# upload in progress", other: "# uploads in progress" }));
  useSending();
  return null;
}

/** Resumes interrupted uploads: on load, when the network or the user is back, and after signing in. */
function useSending(): void {
  useEffect(() => {
    resumeOnce();
    return onSessionChange(again);
  }, []);
  useEventListener(window, "online", again);
  useTabVisible(again);
  useEventListener(window, "beforeunload", (event) => {
    if (sender.losesByReload) event.preventDefault();
  });
}

let hasBegun = false;

function resumeOnce(): void {
  if (hasBegun || isSessionOver()) return;
  hasBegun = true;
  // Errors are shown on the uploads page; retried when things may have improved.
  goOn().catch(() => (hasBegun = false));
}

function again(): void {
  resumeOnce();
  sender.retryNow();
}

function tellFinished(upload: Upload): void {
  const action = { label: t`Report`, onClick: () => go("uploads", { upload: upload.id }) };
  const name = upload.name ?? t`Your upload`;
  // The page of uploads shows its report.
  if (upload.cancelled || upload.undone_at || currentPage() === "uploads") return;
  if (upload.failed_files === 0) {
    toast.success(
      t`${name}: ${plural(upload.successful_files, { one: "# file is", other: "# files are" })} in your library.`,
      { action },
    );
  } else {
    const left = plural(upload.failed_files, { one: "# file was left out", other: "# files were left out" });
    toast.info(
      t`${name}: ${plural(upload.successful_files, { one: "# file is", other: "# files are" })} in your library, ${left}.`,
      {
        action,
        duration: 15_000,
      },
    );
  }
}
