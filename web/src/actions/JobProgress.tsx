import { CircleAlert, Play, Square, Undo2 } from "lucide-react";

import { formatCount } from "../lib/format";
import { Button } from "../ui/Button";
import { Progress } from "../ui/Progress";
import { describeDoing } from "./changes";
import { type Job, jobDone, jobTotal } from "./job";

interface Props {
  job: Job;
  onResume: () => void;
  onStop: () => void;
  onRevert: () => void;
}

/** How far a change of many posts has come; where it stands, why, and how to go on, to end it, or to take it back. */
export function JobProgress({ job, onResume, onStop, onRevert }: Props) {
  const done = jobDone(job);
  const total = jobTotal(job);
  const label = describeDoing(job.change, total);
  const isPaused = job.status === "paused";
  return (
    <div className="job" data-paused={isPaused}>
      <div className="spread numbers">
        <span>{label}</span>
        <span className="muted">
          {formatCount(done)} of {formatCount(total)}
        </span>
        {!isPaused && job.steps.length > 1 && (
          <Button icon={Square} onClick={onStop}>
            Stop
          </Button>
        )}
      </div>
      <Progress label={label} value={done} max={total} tone={isPaused ? "failed" : "accent"} />
      {isPaused && (
        <div className="spread numbers" role="alert">
          <span className="danger-text">
            <CircleAlert aria-hidden /> {job.error?.message}
          </span>
          <span className="buttons">
            <Button icon={Play} look="primary" onClick={onResume}>
              Resume
            </Button>
            <Button icon={Undo2} onClick={onRevert}>
              Take back
            </Button>
            <Button icon={Square} onClick={onStop}>
              Stop here
            </Button>
          </span>
        </div>
      )}
    </div>
  );
}
