import { lazy, Suspense } from "react";

import { DownloadWatcher } from "../downloads/DownloadWatcher";

const TaskWatcher = lazy(() => import("../tasks/TaskWatcher"));
const UploadsBackground = lazy(() => import("../uploads/Background"));

/**
 * What goes on whichever page is open: it follows the event stream, tells what is finished, and counts what is under
 * way (see `useBadge`, `useGlobalDrop`). Nothing of it is needed for the first screen but the downloads.
 */
export function Background() {
  return (
    <>
      <DownloadWatcher />
      <Suspense fallback={null}>
        <UploadsBackground />
        <TaskWatcher />
      </Suspense>
    </>
  );
}
