import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, Play, Square, Undo2 } from "lucide-react";

import { formatCount } from "../../platform/format";
import { Countdown } from "../../data/live/Countdown";
import { Button } from "../../ui/Button";
import { Progress } from "../../ui/Progress";
import { useDelayed } from "../../ui/useDelayed";
import { describeDoing } from "../../data/changes/changes";
import { type Job, jobDone, jobTotal } from "../../data/changes/job";
import type { PostChanges } from "./usePostChanges";

/** The change that is under way, where the user is: over the list, or over the one post that is open. */
export function ChangeProgress({ changes: { job, resume, stop, revert } }: { changes: PostChanges }) {
  return job && <JobProgress job={job} onResume={() => void resume()} onStop={stop} onRevert={revert} />;
}

interface Props {
  job: Job;
  onResume: () => void;
  onStop: () => void;
  onRevert: () => void;
}

/**
 * Progress of a bulk change, floating over what is shown. When paused: the reason, whether it resumes automatically, and
 * buttons to resume, stop or undo. Changes that finish quickly show nothing.
 */
function JobProgress({ job, onResume, onStop, onRevert }: Props) {
  const done = jobDone(job);
  const total = jobTotal(job);
  const label = describeDoing(job.change, total);
  const isPaused = job.status === "paused";
  const isLong = useDelayed(!isPaused) && job.steps.length > 1;
  if (!isPaused && !isLong) return null;
  const retryAt = job.error?.retryAt ?? null;
  const numbers = t`${formatCount(done)} of ${formatCount(total)}`;
  return (
    <div className="selection-bar job" data-paused={isPaused}>
      {isPaused ? (
        <p className={retryAt === null ? "bad" : "wait"} role="alert">
          <CircleAlert aria-hidden /> {numbers}. {job.error?.message}{" "}
          {retryAt !== null && <Countdown what={t`Resuming`} at={retryAt} />}
        </p>
      ) : (
        <p>
          {label} <span className="count">{numbers}</span>
        </p>
      )}
      <Progress
        label={label}
        value={done}
        max={total}
        tone={!isPaused ? "accent" : retryAt === null ? "failed" : "waiting"}
      />
      {isPaused && (
        <>
          <Button icon={Play} look="primary" onClick={onResume}>
            {retryAt === null ? t`Resume` : t`Resume now`}
          </Button>
          <Button icon={Undo2} onClick={onRevert}>
            <Trans>Undo</Trans>
          </Button>
        </>
      )}
      <Button icon={Square} onClick={onStop}>
        {isPaused ? t`Stop here` : t`Stop`}
      </Button>
    </div>
  );
}
