import "./tasks.css";

import { ListChecks } from "lucide-react";
import { useMemo } from "react";

import { go, pageHref, useQueryPart } from "../lib/address";
import { useNow } from "../lib/clock";
import { OpenLink } from "../ui/OpenLink";
import { PageBody } from "../ui/PageBody";
import { Empty, LoadError } from "../ui/Empty";
import { TaskCard } from "./TaskCard";
import { useJobs } from "./useJobs";

export default function TasksPage() {
  const { groups, error, retry } = useJobs();
  const [status, setStatus] = useQueryPart("status");
  const [highlighted] = useQueryPart("group");
  const now = useNow(1000);
  const shown = useMemo(() => groups?.filter(({ counts }) => fits(counts, status)) ?? null, [groups, status]);
  return (
    <PageBody
      title="Tasks"
      actions={
        <select
          aria-label="Which tasks"
          value={status}
          data-set={status !== ""}
          onChange={(event) => setStatus(event.target.value || null)}
        >
          <option value="">All tasks</option>
          <option value="unfinished">Under way</option>
          <option value="failed">With failures</option>
          <option value="completed">Done</option>
        </select>
      }
    >
      {error && <LoadError error={error} onRetry={retry} />}
      {shown?.length === 0 && (
        <Empty
          icon={ListChecks}
          title={status ? "No task is like that." : "No tasks yet."}
          hint="Select files in the library to enlarge, clean or improve them. Originals stay as they are."
        >
          <OpenLink className="button primary" href={pageHref("library")} onOpen={() => go("library")}>
            Open the library
          </OpenLink>
        </Empty>
      )}
      <ul className="task-list" aria-label="Tasks" aria-busy={groups === null && !error}>
        {groups === null && !error && <li className="card skeleton" />}
        {shown?.map((group) => (
          <TaskCard key={group.id} group={group} now={now} isHighlighted={group.id === highlighted} />
        ))}
      </ul>
    </PageBody>
  );
}

function fits(counts: Record<string, number>, status: string): boolean {
  if (status === "unfinished") return (counts["pending"] ?? 0) + (counts["running"] ?? 0) > 0;
  return status === "" || (counts[status] ?? 0) > 0;
}
