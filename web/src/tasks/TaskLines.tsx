import { Archive, Columns2, Eye } from "lucide-react";

import { plural } from "../lib/format";
import { SmallPreview } from "../library/AssetPicture";
import { PageLink } from "../ui/OpenLink";
import { type Group, statusNames } from "./groups";
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
      <summary>
        {group.total > jobs.length ? `The newest ${plural(jobs.length, "file")}` : plural(jobs.length, "file")}
      </summary>
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
      <PageLink className="button" icon={Archive} page="packs" query={{ pack: String(id) }}>
        Open the pack
      </PageLink>
      {job.status === "failed" && <span className="danger-text">{job.error_message}</span>}
    </div>
  );
}

function TaskLine({ job }: { job: Job }) {
  const { asset_id: subject, result_asset_id: result, status } = job;
  return (
    <li className="task-line" data-status={status}>
      {subject !== null && <SmallPreview key={subject} id={subject} />}
      <span className="task-what">
        {job.asset_name && <bdi className="cut">{job.asset_name}</bdi>}
        {status !== "failed" && statusNames[status]}
        {status === "running" && ` · ${String(Math.floor(job.progress))} %`}
        {status === "failed" && <span className="danger-text">{job.error_message ?? statusNames.failed}</span>}
        {job.unchanged_because && <span className="muted"> {job.unchanged_because}</span>}
        {status === "completed" && job.step && <span className="muted"> {job.step}</span>}
      </span>
      {result !== null && (
        <PageLink className="button" icon={Columns2} page="library" query={{ asset: String(result), compare: "1" }}>
          Compare
        </PageLink>
      )}
      {result === null && subject !== null && status === "completed" && (
        <PageLink className="button" icon={Eye} page="library" query={{ asset: String(subject) }}>
          Show
        </PageLink>
      )}
    </li>
  );
}
