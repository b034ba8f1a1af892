import { lazy, Suspense, useEffect } from "react";

import { moderates } from "../data/config";
import { DownloadWatcher } from "../features/downloads/DownloadWatcher";
import { useIdle } from "../platform/idle";
import { retryImport } from "../platform/retryImport";
import { followLanguage } from "./accountLanguage";

const TaskWatcher = lazy(retryImport(() => import("../features/tasks/TaskWatcher")));
const PostWatcher = lazy(retryImport(() => import("../features/posts/PostWatcher")));
const BulkWatcher = lazy(retryImport(() => import("../features/posts/BulkWatcher")));
const UploadsBackground = lazy(retryImport(() => import("../features/uploads/Background")));

/**
 * Runs on every page: follows the event stream, shows toasts for finished work and counts work in progress (`useBadge`,
 * `useGlobalDrop`). The first screen needs only the downloads; the rest loads when the browser is idle.
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
      <Suspense fallback={null}>
        {isIdle && <PostWatcher />}
        {isIdle && <BulkWatcher />}
        {isIdle && <UploadsBackground />}
        {isIdle && !moderates && <TaskWatcher />}
      </Suspense>
    </>
  );
}
