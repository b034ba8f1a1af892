import { useState } from "react";

import { DownloadRequestsPanel } from "../downloads/DownloadRequestsPanel";
import { openTray, useTray } from "../downloads/tray";
import { useDownloads } from "../downloads/useDownloads";
import { useQueryParam } from "../lib/address";
import { PostsPanel } from "./PostsPanel";

/** The posts, and the downloads tray, which is docked on wide pages. */
export default function PostsPage() {
  const [highlighted] = useQueryParam("bdr");
  const [wanted, setWanted] = useState<readonly number[] | null>(null);
  const isTrayOpen = useTray();
  const downloads = useDownloads();
  return (
    <div className="posts-page" data-tray={isTrayOpen}>
      <PostsPanel wanted={wanted} allowance={downloads.allowance} onRequested={openTray} />
      <DownloadRequestsPanel downloads={downloads} highlighted={highlighted || null} onSelect={setWanted} />
    </div>
  );
}
