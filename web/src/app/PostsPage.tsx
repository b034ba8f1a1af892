import { Trans } from "@lingui/react/macro";
import { lazy, Suspense, useState } from "react";

import { DownloadRequestsPanel } from "../features/downloads/DownloadRequestsPanel";
import { Boundary } from "../ui/Boundary";
import { FormError } from "../ui/FormError";
import { LazyPage } from "../ui/Lazy";
import { openTray, useTray } from "../ui/tray";
import { useFirstDay } from "../data/firstDay";
import { useDownloads } from "../data/useDownloads";
import { useIdle } from "../platform/idle";
import { retryImport } from "../platform/retryImport";
import { useParameters } from "../platform/address";
import { PostsPanel } from "../features/posts/PostsPanel";

const BulkChanges = lazy(retryImport(() => import("../features/posts/BulkChanges")));
const FirstDay = lazy(retryImport(() => import("./firstday/FirstDay")));
const LINKED = ["bdr", "state"] as const;

/** The posts, and the downloads tray, which is docked on wide pages. */
export default function PostsPage() {
  const { bdr, state } = useParameters("posts", LINKED);
  const [wanted, setWanted] = useState<readonly number[] | null>(null);
  const isTrayOpen = useTray();
  const downloads = useDownloads();
  const isIdle = useIdle();
  const isFirst = useFirstDay() === true && state === "active";
  return (
    <div className="posts-page" data-tray={isTrayOpen}>
      {isFirst ? (
        <LazyPage>
          <FirstDay />
        </LazyPage>
      ) : (
        <PostsPanel wanted={wanted} allowance={downloads.allowance} onRequested={openTray} />
      )}
      <Boundary
        fallback={() => (
          <FormError>
            <Trans>The downloads cannot be shown.</Trans>
          </FormError>
        )}
      >
        <DownloadRequestsPanel downloads={downloads} highlighted={bdr || null} onSelect={setWanted}>
          {isIdle && (
            <Suspense fallback={null}>
              <BulkChanges />
            </Suspense>
          )}
        </DownloadRequestsPanel>
      </Boundary>
    </div>
  );
}
