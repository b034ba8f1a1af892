import { useState } from "react";

import { DownloadRequestsPanel } from "../downloads/DownloadRequestsPanel";
import { isUnfinished } from "../downloads/downloads";
import { useDownloads } from "../downloads/useDownloads";
import { useQueryPart } from "../lib/address";
import { PostsPanel } from "./PostsPanel";

type Side = "posts" | "downloads";

/** The posts, and beside them the downloads; in turn where it is narrow. */
export default function PostsPage() {
  const [highlighted] = useQueryPart("bdr");
  const [side, setSide] = useState<Side>(highlighted ? "downloads" : "posts");
  const [wanted, setWanted] = useState<readonly number[] | null>(null);
  const downloads = useDownloads();
  const building = downloads.items?.filter(isUnfinished).length ?? 0;
  return (
    <div className="panels" data-side={side}>
      <div className="segmented views" role="group" aria-label="Views">
        <button type="button" aria-pressed={side === "posts"} onClick={() => setSide("posts")}>
          Posts
        </button>
        <button type="button" aria-pressed={side === "downloads"} onClick={() => setSide("downloads")}>
          Downloads
          {building > 0 && <span className="bubble">{building}</span>}
        </button>
      </div>
      <PostsPanel wanted={wanted} allowance={downloads.allowance} onRequested={() => setSide("downloads")} />
      <DownloadRequestsPanel
        downloads={downloads}
        highlighted={highlighted || null}
        onSelect={(ids) => {
          setWanted(ids);
          setSide("posts");
        }}
      />
    </div>
  );
}
