import { plural, t } from "@lingui/core/macro";

import { apiUrl } from "../../data/client";
import type { Bdr } from "../../data/schema";
import { useBadge } from "../../ui/badges";
import { StatusProgress } from "../../commands/StatusBar";
import { toast } from "../../ui/toast";
import { contentsOf, isUnfinished, noteEnded, takeRequested } from "../../data/downloads";
import { useDownloads } from "../../data/useDownloads";

/** On every page: toasts for finished downloads, a badge for unfinished ones, and progress in the status bar. */
export function DownloadWatcher() {
  const { items } = useDownloads((bdr, before) => {
    if (isUnfinished(bdr)) return;
    const isChange = before !== undefined && before.status !== bdr.status;
    if (takeRequested(bdr.id) || isChange) notifyFinished(bdr);
  });
  const unfinished = items?.filter(isUnfinished).length ?? 0;
  useBadge(
    "posts",
    unfinished,
    plural(unfinished, { one: "# download being built", other: "# downloads being built" }),
  );
  const current = items?.find(({ status }) => status === "processing");
  if (!current) return null;
  const { name, artwork_count: max, processed_count: value } = current;
  return (
    <StatusProgress what={name ?? contentsOf(current)} label={t`The download being packed`} value={value} max={max} />
  );
}

function notifyFinished(bdr: Bdr): void {
  noteEnded(bdr.id);
  const what = contentsOf(bdr);
  const url = bdr.download_url;
  if (bdr.status === "failed") toast.error(t`The download of ${what} failed. ${bdr.error_message ?? ""}`);
  else if (bdr.status === "ready" && url) {
    toast.success(t`Your download of ${what} is ready.`, {
      duration: 15_000,
      action: { label: t`Download`, onClick: () => location.assign(apiUrl(url)) },
    });
  }
}
