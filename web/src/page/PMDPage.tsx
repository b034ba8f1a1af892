import { useCallback, useState } from "react";
import { toast } from "sonner";

import { apiUrl } from "../api/client";
import { useSessionExpired } from "../api/session";
import type { Bdr } from "../api/schema";
import { DownloadRequestsPanel } from "../downloads/DownloadRequestsPanel";
import { isUnfinished } from "../downloads/downloads";
import { useDownloads } from "../downloads/useDownloads";
import { plural } from "../lib/format";
import { PostsPanel } from "../posts/PostsPanel";
import { HelpDialog } from "./HelpDialog";
import { PMDLayout, type View } from "./PMDLayout";
import { SessionExpired } from "./SessionExpired";

/** The download that the address names, as the e-mails' links do. */
const highlighted = new URLSearchParams(location.search).get("bdr");

function tellFinished(bdr: Bdr): void {
  const what = plural(bdr.artwork_count, "artwork");
  const url = bdr.download_url;
  if (bdr.status === "failed") toast.error(`The download of ${what} failed. ${bdr.error_message ?? ""}`);
  else if (url) {
    toast.success(`Your download of ${what} is ready.`, {
      duration: 15_000,
      action: {
        label: "Download",
        onClick: () => location.assign(apiUrl(url)),
      },
    });
  }
}

export function PMDPage() {
  const [view, setView] = useState<View>(highlighted ? "downloads" : "posts");
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [selectedCount, setSelectedCount] = useState(0);
  const isExpired = useSessionExpired();
  const downloads = useDownloads(tellFinished);
  const openHelp = useCallback(() => setHelpOpen(true), []);

  return (
    <>
      <PMDLayout
        connection={downloads.connection}
        view={view}
        building={downloads.items?.filter(isUnfinished).length ?? 0}
        posts={
          <PostsPanel
            allowance={downloads.allowance}
            onSelectedCount={setSelectedCount}
            onRequested={() => setView("downloads")}
            onHelp={openHelp}
          />
        }
        downloads={<DownloadRequestsPanel downloads={downloads} highlighted={highlighted} />}
        onView={setView}
        onHelp={openHelp}
      />
      {isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
      {isExpired && <SessionExpired selectedCount={selectedCount} />}
    </>
  );
}
