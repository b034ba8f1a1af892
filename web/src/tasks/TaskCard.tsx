import { Ban, CircleAlert, CircleCheck, CircleX, Hourglass, LoaderCircle, RotateCcw, Square } from "lucide-react";

import { formatAgo, formatCount, formatDuration, plural } from "../lib/format";
import { Button } from "../ui/Button";
import { Progress } from "../ui/Progress";
import { useAsking } from "../ui/useAsking";
import { cancelGroup, cancelJob, jobsOfGroup, refreshJobs, retryJob } from "./api";
import { type Group, type GroupStatus, groupStatusNames, groupWords, kindNames, secondsLeft } from "./groups";
import { TaskLines } from "./TaskLines";

const statusIcons: Record<GroupStatus, typeof Ban> = {
  pending: Hourglass,
  running: LoaderCircle,
  completed: CircleCheck,
  failed: CircleX,
  partial: CircleAlert,
  cancelled: Ban,
};

interface Props {
  group: Group;
  now: number;
  isHighlighted: boolean;
}

/** Tasks that were started together: one bar, the step of what is being worked on, and what can be done about it. */
export function TaskCard({ group, now, isHighlighted }: Props) {
  const { jobs, counts, status, total } = group;
  const Icon = statusIcons[status];
  const [isBusy, ask] = useAsking(refreshJobs);
  const running = jobs.find((job) => job.status === "running");
  const left = secondsLeft(group, now);
  const isOpen = counts.pending + counts.running > 0;
  const stopped = counts.failed + counts.cancelled;

  const cancel = () => {
    const [only] = jobs;
    return total === 1 && only ? cancelJob(only.id) : cancelGroup(group.id);
  };
  const retry = async () => {
    const [only] = jobs;
    if (total === 1 && only) return retryJob(only.id);
    for (const each of ["failed", "cancelled"] as const) {
      for (const job of await jobsOfGroup(group.id, each)) await retryJob(job.id);
    }
  };

  return (
    <li className="card" data-status={status} data-highlighted={isHighlighted}>
      <div className="spread">
        <h3>
          {kindNames[group.kind]}
          {jobs[0]?.pack_id === null && (
            <span className="muted">
              {" "}
              of <bdi>{nameOf(group)}</bdi>
            </span>
          )}
        </h3>
        <span className="status">
          <Icon aria-hidden /> {groupStatusNames[status]}
        </span>
      </div>
      <p className="muted numbers">
        <time dateTime={group.createdAt}>{formatAgo(group.createdAt, now)}</time>
        {groupWords(group) && ` · ${groupWords(group)}`}
      </p>
      {isOpen && (
        <>
          <Progress
            label={`Progress: ${kindNames[group.kind]}`}
            value={Math.floor(group.progress)}
            max={100}
            tone={counts.running === 0 ? "waiting" : "accent"}
          />
          <p className="muted numbers">
            {Math.floor(group.progress)} %{running?.step && ` · ${running.step}`}
            {!running && " · It begins as soon as a worker is free."}
            {left !== null && ` · about ${formatDuration(Math.max(1, left))} left`}
          </p>
        </>
      )}
      <TaskLines group={group} />
      <div className="buttons">
        {isOpen && (
          <Button icon={Square} about={kindNames[group.kind]} disabled={isBusy} onClick={() => void ask(cancel)}>
            {total > 1 ? "Stop all" : "Stop"}
          </Button>
        )}
        {!isOpen && stopped > 0 && (
          <Button icon={RotateCcw} about={kindNames[group.kind]} disabled={isBusy} onClick={() => void ask(retry)}>
            {total > 1 ? `Try ${formatCount(stopped)} again` : "Try again"}
          </Button>
        )}
      </div>
    </li>
  );
}

/** Which file, or the first of how many. */
function nameOf({ jobs, total }: Group): string {
  const name = jobs.find(({ asset_name: each }) => each !== null)?.asset_name ?? "a file";
  return total === 1 ? name : `${name} and ${plural(total - 1, "other")}`;
}
