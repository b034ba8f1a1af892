import { lazy, Suspense, useEffect, useState } from "react";

import { moderates } from "../api/config";
import { DownloadWatcher } from "../downloads/DownloadWatcher";
import { whenIdle } from "../lib/idle";
import { retryImport } from "../lib/retryImport";

const TaskWatcher = lazy(retryImport(() => import("../tasks/TaskWatcher")));
const PostWatcher = lazy(retryImport(() => import("../posts/PostWatcher")));
const UploadsBackground = lazy(retryImport(() => import("../uploads/Background")));

/**
 * Runs on every page: follows the event stream, shows toasts for finished work and counts work in progress (`useBadge`,
 * `useGlobalDrop`). The first screen needs only the downloads; the rest loads when the browser is idle.
 * Moderators' reads of uploads and tasks are audited, so nothing of theirs is fetched in the background.
 */
export function Background() {
  const [isIdle, setIdle] = useState(false);
  useEffect(
    () =>
      whenIdle(() => {
        setIdle(true);
        return false;
      }),
    [],
  );
  return (
    <>
      <DownloadWatcher />
      <Suspense fallback={null}>
        {isIdle && <PostWatcher />}
        {isIdle && <UploadsBackground />}
        {isIdle && !moderates && <TaskWatcher />}
      </Suspense>
    </>
  );
}
