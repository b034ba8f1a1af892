import { Archive, Columns2, Eye } from "lucide-react";

import { go, pageHref } from "../lib/address";
import { plural } from "../lib/format";
import { SmallPreview } from "../library/SmallPreview";
import { OpenLink } from "../ui/OpenLink";
import type { Group } from "./groups";
import { statusNames } from "./groups";
import type { Job } from "./schema";

/** So many stand open; the others are a click away. */
const FEW = 4;

export function TaskLines({ group }: { group: Group }) {
  const { jobs } = group;
  const [first] = jobs;
  if (first?.pack_id) return <PackLink job={first} id={first.pack_id} />;
  const lines = jobs.map((job) => <TaskLine key={job.id} job={job} />);
  if (jobs.length <= FEW) return <ul className="task-lines">{lines}</ul>;
  return (
    <details className="task-more" open={group.counts.failed > 0}>
      <summary>{plural(jobs.length, "file")}</summary>
      <ul className="task-lines" tabIndex={0} aria-label="Files of these tasks">
        {lines}
      </ul>
    </details>
  );
}

/** The card has said all of a pack's build: what is left is the reason of a failure, and the way to the pack. */
function PackLink({ job, id }: { job: Job; id: number }) {
  return (
    <div className="buttons">
      <OpenLink
        className="button"
        href={pageHref("packs", { pack: String(id) })}
        onOpen={() => go("packs", { pack: String(id) })}
      >
        <Archive aria-hidden /> Open the pack
      </OpenLink>
      {job.status === "failed" && <span className="danger-text">{job.error_message}</span>}
    </div>
  );
}

function TaskLine({ job }: { job: Job }) {
  const subject = job.asset_id ?? null;
  const result = job.result_asset_id;
  return (
    <li className="task-line" data-status={job.status}>
      {subject !== null && <SmallPreview key={subject} id={subject} />}
      <span className="task-what">
        {job.status !== "failed" && statusNames[job.status]}
        {job.status === "running" && ` · ${String(Math.floor(job.progress))} %`}
        {job.status === "failed" && <span className="danger-text">{job.error_message ?? statusNames.failed}</span>}
        {job.status === "completed" && job.step && <span className="muted"> {job.step}</span>}
      </span>
      {result !== null && (
        <OpenLink
          className="button"
          href={pageHref("library", { asset: String(result), compare: "1" })}
          onOpen={() => go("library", { asset: String(result), compare: "1" })}
        >
          <Columns2 aria-hidden /> Compare
        </OpenLink>
      )}
      {result === null && subject !== null && job.status === "completed" && (
        <OpenLink
          className="button"
          href={pageHref("library", { asset: String(subject) })}
          onOpen={() => go("library", { asset: String(subject) })}
        >
          <Eye aria-hidden /> Show
        </OpenLink>
      )}
    </li>
  );
}
