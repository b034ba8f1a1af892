import "./tasks.css";

import { Archive, Columns2, Eye, RotateCcw, Square } from "lucide-react";

import { formatAgo, formatCount, formatDuration, plural } from "../../platform/format";
import { type Pictured, SmallPreview } from "../../data/assets/SmallPreview";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/OpenLink";
import { Progress } from "../../ui/Progress";
import { Status } from "../../ui/Status";
import { useWrite } from "../../ui/useWrite";
import { cancelGroup, cancelJob, jobsOfGroup, refreshJobs, retryJob } from "./api";
import { type Group, groupStatusNames, groupWords, kindTitle, statusNames, timeLeft, unfinishedOf } from "./groups";
import type { Job } from "./schema";

interface Props {
  group: Group;
  now: number;
  isHighlighted: boolean;
}

/** A group of tasks: progress, current step, and the possible actions. */
export function TaskCard({ group, now, isHighlighted }: Props) {
  const { jobs, counts, status } = group;
  const { total, progress } = counts;

  const [isBusy, write] = useWrite(refreshJobs);
  const running = jobs.find((job) => job.status === "running");
  const left = timeLeft(group, now);
  const isOpen = unfinishedOf(group) > 0;
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
          {kindTitle(group.kind)}{" "}
          <span className="muted">
            {jobs[0]?.pack_id === null && "of "}
            <bdi>{jobs[0]?.pack_name ?? nameOf(group)}</bdi>
          </span>
        </h3>
        <Status of={status}>{groupStatusNames[status]}</Status>
      </div>
      <p className="muted numbers">
        <time dateTime={group.createdAt}>{formatAgo(group.createdAt, now)}</time>
        {groupWords(group) && ` · ${groupWords(group)}`}
      </p>
      {isOpen && (
        <>
          <Progress
            label={`Progress: ${kindTitle(group.kind)}`}
            value={Math.floor(progress)}
            max={100}
            tone={counts.running === 0 ? "waiting" : "accent"}
          />
          <p className="muted numbers">
            {Math.floor(progress)} %{running?.step && ` · ${running.step}`}
            {!running && " · Waiting for a free worker."}
            {left !== null && ` · about ${formatDuration(Math.max(1, left))} left`}
          </p>
        </>
      )}
      <TaskLines group={group} />
      <div className="buttons">
        {isOpen && (
          <Button icon={Square} about={kindTitle(group.kind)} disabled={isBusy} onClick={() => write(cancel)}>
            {total > 1 ? "Stop all" : "Stop"}
          </Button>
        )}
        {!isOpen && stopped > 0 && (
          <Button icon={RotateCcw} about={kindTitle(group.kind)} disabled={isBusy} onClick={() => write(retry)}>
            {total > 1 ? `Try ${formatCount(stopped)} again` : "Try again"}
          </Button>
        )}
      </div>
    </li>
  );
}

/** The file's name, with the number of others. */
function nameOf({ jobs, counts: { total } }: Group): string {
  const name = jobs.find(({ asset_name: each }) => each !== null)?.asset_name ?? "a file";
  return total === 1 ? name : `${name} and ${plural(total - 1, "other")}`;
}

/** How many tasks a card shows before they are collapsed. */
const FEW = 4;

function TaskLines({ group }: { group: Group }) {
  const { jobs } = group;
  const [first] = jobs;
  if (first?.pack_id) return <PackLink job={first} id={first.pack_id} />;
  const lines = jobs.map((job) => <TaskLine key={job.id} job={job} />);
  if (jobs.length <= FEW) return <ul>{lines}</ul>;
  return (
    <details className="task-more" open={group.counts.failed > 0}>
      <summary>
        {group.counts.total > jobs.length ? `The newest ${plural(jobs.length, "file")}` : plural(jobs.length, "file")}
      </summary>
      <ul tabIndex={0} aria-label="Files of these tasks">
        {lines}
      </ul>
    </details>
  );
}

/** For a pack's build: a link to the pack, and the reason of a failure. */
function PackLink({ job, id }: { job: Job; id: number }) {
  return (
    <div className="buttons">
      <PageLink className="button" icon={Archive} page="packs" query={{ pack: id }}>
        Open the pack
      </PageLink>
      {job.status === "failed" && <span className="bad">{job.error_message}</span>}
    </div>
  );
}

function TaskLine({ job }: { job: Job }) {
  const { result_asset_id: result, status } = job;
  const subject = subjectOf(job);
  return (
    <li className="task-line" data-status={status}>
      {subject && <SmallPreview key={subject.id} asset={subject} />}
      <span className="task-what">
        {job.asset_name && <bdi className="cut">{job.asset_name}</bdi>}
        {status !== "failed" && statusNames[status]}
        {status === "running" && ` · ${Math.floor(job.progress)} %`}
        {status === "failed" && <span className="bad">{job.error_message ?? statusNames.failed}</span>}
        {job.unchanged_reason && <span className="muted">. {job.unchanged_reason}</span>}
        {status === "completed" && job.step && <span className="muted">. {job.step}</span>}
      </span>
      {result !== null && (
        <PageLink className="button" icon={Columns2} page="library" query={{ asset: result, compare: "1" }}>
          Compare
        </PageLink>
      )}
      {result === null && subject && status === "completed" && (
        <PageLink className="button" icon={Eye} page="library" query={{ asset: subject.id }}>
          Show
        </PageLink>
      )}
    </li>
  );
}

/** The task's input file, if it still exists. */
function subjectOf(job: Job): Pictured | null {
  const { asset_id: id, asset_type: type, asset_format: file_format, asset_has_preview: has_preview } = job;
  if (id === null || type === null || file_format === null || has_preview === null) return null;
  return { id, type, file_format, has_preview };
}
