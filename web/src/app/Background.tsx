import { lazy, Suspense, useEffect } from "react";

import { moderates } from "../data/config";
import { DownloadWatcher } from "../features/downloads/DownloadWatcher";
import { BulkWatcher } from "../features/posts/BulkWatcher";
import { PostWatcher } from "../features/posts/PostWatcher";
import { TaskWatcher } from "../features/tasks/TaskWatcher";
import { useIdle } from "../platform/idle";
import { retryImport } from "../platform/retryImport";
import { followLanguage } from "./accountLanguage";

const UploadsBackground = lazy(retryImport(() => import("../features/uploads/Background")));

/**
 * Runs on every page: follows the event stream, shows toasts for finished work and counts work in progress (`useBadge`,
 * `useGlobalDrop`). The first screen needs only the posts and the downloads; the rest waits for an idle browser, and the uploads' code
 * loads only then.
 * Moderators' reads of uploads and tasks are audited, so nothing of theirs is fetched in the background.
 */
export function Background() {
  const isIdle = useIdle();
  useEffect(() => {
    if (isIdle) void followLanguage();
  }, [isIdle]);
  return (
    <>
      <DownloadWatcher />
      <PostWatcher />
      <Suspense fallback={null}>
        {isIdle && <BulkWatcher />}
        {isIdle && <UploadsBackground />}
        {isIdle && !moderates && <TaskWatcher />}
      </Suspense>
    </>
  );
}
