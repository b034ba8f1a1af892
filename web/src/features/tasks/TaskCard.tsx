import "./tasks.css";
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import "../../ui/marks";

import { Archive, ArrowRight, Check, Columns2, Eye, RotateCcw, Square, TriangleAlert } from "lucide-react";
import { useState } from "react";

import { ArtOnMat } from "../../data/assets/AssetPicture";
import { formatAgo, formatBytes, formatCount } from "../../platform/format";
import { chunk, MAX_IDS } from "../../platform/lists";
import { joinParts, nameOf } from "../../platform/text";
import { SmallPreview } from "../../data/assets/SmallPreview";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/OpenLink";
import { Progress } from "../../ui/Progress";
import { Status } from "../../ui/Status";
import { useWrite } from "../../ui/useWrite";
import { cancelGroup, cancelJob, jobsOfGroup, keepFiles, refreshJobs, retryJob } from "./api";
import {
  canRetry,
  type Group,
  groupStatusNames,
  isToLookAt,
  kindTitle,
  retriableOf,
  statusNames,
  timeLeft,
  unfinishedOf,
} from "./groups";
import { bytesOf, byteWords, changeOf, detailOf, headlineOf, leftWords } from "./results";
import type { Job } from "./schema";

interface Props {
  group: Group;
  now: number;
  isHighlighted: boolean;
}

/** The side of a picture, CSS pixels. */
const SIDE = 88;

/** Tasks that were started together: before, after, and one line of what changed. */
export function TaskCard({ group, now, isHighlighted }: Props) {
  const { jobs, counts, status } = group;
  const [first] = jobs;
  const left = timeLeft(group, now);
  const isOpen = unfinishedOf(group) > 0;
  const running = jobs.find((job) => job.status === "running");
  const bytes = first && counts.total === 1 ? bytesOf(first) : null;
  const title = kindTitle(group.kind);
  const [isActive, setActive] = useState(false);
  return (
    <li
      className="task-row"
      tabIndex={-1}
      data-status={status}
      data-highlighted={isHighlighted}
      data-pack={first?.pack_id !== null}
      // By keys alone: what is shown then moves the buttons, and a press that moves its button is no click.
      onFocus={({ target }) => setActive(target.matches(":focus-visible"))}
      onBlur={() => setActive(false)}
    >
      <Pictures group={group} />
      <div className="task-words">
        <h3 className="muted">
          {title}{" "}
          <span>
            {first?.pack_id === null && t`of `}
            <bdi>{first?.pack_name ?? filesOf(group)}</bdi>
          </span>
        </h3>
        <p className={status === "failed" ? "task-change bad" : "task-change"}>{headlineOf(group)}</p>
        <p className="muted numbers">
          {joinParts([
            detailOf(group),
            isOpen && `${Math.floor(counts.progress)} %`,
            isOpen && (running ? running.step : t`Waiting for a free worker.`),
            isOpen && leftWords(left),
          ])}{" "}
          <time dateTime={group.createdAt}>{formatAgo(group.createdAt, now)}</time>
        </p>
      </div>
      <div className="task-measure">
        {isOpen && (
          <Progress
            label={t`Progress: ${title}`}
            value={Math.floor(counts.progress)}
            max={100}
            tone={counts.running === 0 ? "waiting" : "accent"}
          />
        )}
        {bytes && <Bytes {...bytes} />}
      </div>
      <TaskActions group={group} isActive={isActive} />
      <TaskLines group={group} />
    </li>
  );
}

/** The first file before and after; how many stand behind each. */
function Pictures({ group: { jobs, counts } }: { group: Group }) {
  const shown = jobs.find(({ result }) => result !== null) ?? jobs[0];
  if (!shown) return null;
  const before = shown.pack_picture ?? subjectOf(shown);
  const { result } = shown;
  const made = Math.max(counts.results, shown.result_asset_ids.length);
  const combined = Math.max(counts.total, shown.asset_ids.length);
  return (
    <span className="task-pictures" aria-hidden>
      <span className="task-art">
        {before && <ArtOnMat key={before.id} asset={before} size={SIDE} look="task-picture" />}
        {combined > 1 && <span className="task-count">{formatCount(combined)}</span>}
      </span>
      <ArrowRight />
      <span className="task-art">
        {result && <ArtOnMat key={result.id} asset={result} size={SIDE} look="task-picture" />}
        {shown.pack_id !== null && shown.status === "completed" && <Archive />}
        {!result && shown.status === "failed" && <TriangleAlert className="bad" />}
        {!result && shown.unchanged_reason !== null && <span className="faint">=</span>}
        {made > 1 && <span className="task-count">{formatCount(made)}</span>}
      </span>
    </span>
  );
}

function Bytes({ before, after }: { before: number; after: number }) {
  const most = Math.max(before, after, 1);
  return (
    <div className="task-bytes" role="img" aria-label={byteWords({ before, after })}>
      <i style={{ width: `${(100 * before) / most}%` }} />
      <span className="numbers muted">{formatBytes(before)}</span>
      <i className="after" style={{ width: `${(100 * after) / most}%` }} />
      <span className="numbers">{formatBytes(after)}</span>
    </div>
  );
}

/** How a group stands, and what can be done: look, keep, stop or try again. */
function TaskActions({ group, isActive }: { group: Group; isActive: boolean }) {
  const { jobs, counts, status } = group;
  const { total } = counts;
  const [isBusy, write] = useWrite(refreshJobs);
  const [isKept, setKept] = useState(false);
  const isOpen = unfinishedOf(group) > 0;
  const retriable = retriableOf(group);
  const [only] = jobs;
  const single = total === 1 ? only : undefined;
  const about = kindTitle(group.kind);
  const results = jobs.flatMap(({ result_asset_ids: ids }) => ids);
  const isNew = !isKept && isToLookAt(group);
  const subject = single && subjectOf(single);

  const cancel = () => (single ? cancelJob(single.id) : cancelGroup(group.id));
  const retry = async () => {
    if (single) return retryJob(single.id);
    for (const each of ["failed", "cancelled"] as const) {
      for (const job of (await jobsOfGroup(group.id, each)).filter(canRetry)) await retryJob(job.id);
    }
  };
  const keep = async () => {
    for (const part of chunk(results, MAX_IDS)) await keepFiles(part);
    setKept(true);
  };
  return (
    <>
      {!isOpen && results.length > 0 ? (
        <span className="task-state beside">
          <span className="state-mark" data-state={isNew ? "new" : "approved"} aria-hidden />{" "}
          {isNew ? t`To look at` : t`Kept`}
        </span>
      ) : (
        <span className="task-state">
          <Status of={status}>{nameOf(groupStatusNames, status)}</Status>
        </span>
      )}
      <div className="task-buttons buttons">
        {single?.pack_id != null && (
          <PageLink className="button" icon={Archive} page="packs" query={{ pack: single.pack_id }}>
            <Trans>Open the pack</Trans>
          </PageLink>
        )}
        {single?.result && single.result_asset_ids.length === 1 && (
          <PageLink
            className="button"
            icon={Columns2}
            page="library"
            query={{ asset: single.result.id, compare: "1" }}
            data-compare
          >
            <Trans>Compare</Trans>
          </PageLink>
        )}
        {single && subject && single.result_asset_ids.length !== 1 && status === "completed" && (
          <PageLink
            className="button"
            icon={Eye}
            page="library"
            query={{ asset: single.result_asset_ids[0] ?? subject.id }}
          >
            <Trans>Show</Trans>
          </PageLink>
        )}
        {!isOpen && isNew && (
          <Button
            icon={Check}
            look={isActive ? "primary" : "quiet"}
            about={about}
            disabled={isBusy}
            data-keep
            onClick={() => write(keep)}
          >
            {results.length > 1 ? t`Keep ${formatCount(results.length)}` : t`Keep`}
            {isActive && <kbd aria-hidden>Enter</kbd>}
          </Button>
        )}
        {isOpen && (
          <Button icon={Square} about={about} disabled={isBusy} onClick={() => write(cancel)}>
            {total > 1 ? t`Stop all` : t`Stop`}
          </Button>
        )}
        {!isOpen && retriable > 0 && (
          <Button icon={RotateCcw} about={about} disabled={isBusy} onClick={() => write(retry)}>
            {total > 1 ? t`Try ${formatCount(retriable)} again` : t`Try again`}
          </Button>
        )}
      </div>
    </>
  );
}

/** The file's name, with the number of others. */
function filesOf({ jobs, counts: { total } }: Group): string {
  const name = jobs.find(({ asset_name: each }) => each !== null)?.asset_name ?? t`a file`;
  return total === 1 ? name : t`${name} and ${plural(total - 1, { one: "# other", other: "# others" })}`;
}

/** Each task of several. */
function TaskLines({ group: { jobs, counts } }: { group: Group }) {
  if (counts.total === 1) return null;
  return (
    <details className="task-more" open={counts.failed > 0}>
      <summary>
        {counts.total > jobs.length
          ? t`The newest ${plural(jobs.length, { one: "# file", other: "# files" })}`
          : plural(jobs.length, { one: "# file", other: "# files" })}
      </summary>
      <ul tabIndex={0} aria-label={t`Files of these tasks`}>
        {jobs.map((job) => (
          <TaskLine key={job.id} job={job} />
        ))}
      </ul>
    </details>
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
        {status !== "failed" && (changeOf(job) ?? nameOf(statusNames, status))}
        {status === "running" && ` · ${Math.floor(job.progress)} %`}
        {status === "failed" && <span className="bad">{job.error_message ?? statusNames.failed}</span>}
        {job.unchanged_reason && <span className="muted">. {job.unchanged_reason}</span>}
        {status === "completed" && job.step && <span className="muted">. {job.step}</span>}
      </span>
      {result !== null && (
        <PageLink className="button" icon={Columns2} page="library" query={{ asset: result, compare: "1" }}>
          <Trans>Compare</Trans>
        </PageLink>
      )}
    </li>
  );
}

/** The task's input file, if it still exists. */
function subjectOf(job: Job) {
  const { asset_id: id, asset_type: type, asset_format: file_format, asset_has_preview: has_preview } = job;
  if (id === null || type === null || file_format === null || has_preview === null) return null;
  return { id, type, file_format, has_preview, width: job.asset_width, height: job.asset_height };
}
