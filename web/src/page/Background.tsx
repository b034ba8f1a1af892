import { lazy, Suspense, useEffect, useState } from "react";

import { moderates } from "../api/config";
import { DownloadWatcher } from "../downloads/DownloadWatcher";
import { whenIdle } from "../lib/idle";
import { retryImport } from "../lib/retryImport";

const TaskWatcher = lazy(retryImport(() => import("../tasks/TaskWatcher")));
const UploadsBackground = lazy(retryImport(() => import("../uploads/Background")));

/**
 * What goes on whichever page is open: it follows the event stream, tells what is finished, and counts what is under
 * way (see `useBadge`, `useGlobalDrop`). Nothing of it is needed for the first screen but the downloads: the rest
 * comes when the browser has time for it.
 * A moderator's look at somebody's uploads and tasks is written down: nothing of theirs is looked at by itself.
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
        {isIdle && <UploadsBackground />}
        {isIdle && !moderates && <TaskWatcher />}
      </Suspense>
    </>
  );
}
