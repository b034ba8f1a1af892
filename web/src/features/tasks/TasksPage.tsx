import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ListChecks } from "lucide-react";
import { useMemo } from "react";

import { useCommands } from "../../commands/commands";
import { useFocusedRows } from "../../commands/list/useFocusedRows";
import { StatusNote, StatusText } from "../../commands/StatusBar";
import { purposes } from "../../data/purposes";
import { setParameters, useParameters } from "../../platform/address";
import { useNow } from "../../platform/clock";
import { PageLink } from "../../ui/OpenLink";
import { Button } from "../../ui/Button";
import { PageBody } from "../../ui/PageBody";
import { CardList } from "../../ui/CardList";
import { Empty } from "../../ui/Empty";
import { type Group, isStatus, isToLookAt, unfinishedOf } from "./groups";
import { TaskCard } from "./TaskCard";
import { useJobs } from "./useJobs";

const PARAMETERS = ["status", "group"] as const;

export default function TasksPage() {
  const { groups, error, retry, older, isFetching } = useJobs();
  const { status, group: highlighted } = useParameters("tasks", PARAMETERS);
  const now = useNow(1000);
  const shown = useMemo(() => groups?.filter((group) => fits(group, status)) ?? null, [groups, status]);
  const [rows, [move], press] = useFocusedRows();
  useCommands([
    ...(move ? [move] : []),
    {
      name: "open",
      label: t`Keep, or show`,
      hint: t`keep`,
      run: () => press("[data-keep]") || press(".task-buttons > a"),
    },
    { name: "compare", label: t`Compare`, hint: t`compare`, run: () => press("[data-compare]") },
  ]);
  const newCount = groups?.filter(isToLookAt).length ?? 0;
  return (
    <PageBody
      title={t`Tasks`}
      actions={
        <select
          aria-label={t`Filter tasks`}
          value={status}
          data-set={status !== ""}
          onChange={(event) => setParameters("tasks", { status: event.target.value })}
        >
          <option value="">{t`All tasks`}</option>
          <option value="unfinished">{t`In progress`}</option>
          <option value="failed">{t`Failed`}</option>
          <option value="completed">{t`Done`}</option>
        </select>
      }
    >
      <CardList
        label={t`Tasks`}
        className="tasks"
        ref={rows}
        items={shown}
        error={error}
        onRetry={retry}
        empty={
          <Empty
            icon={ListChecks}
            title={status ? t`No tasks match this filter.` : t`No tasks yet.`}
            hint={t`${purposes.tasks} Select files in the library first.`}
          >
            <PageLink className="button primary" page="library">
              <Trans>Open the library</Trans>
            </PageLink>
          </Empty>
        }
      >
        {(group) => <TaskCard key={group.id} group={group} now={now} isHighlighted={group.id === highlighted} />}
      </CardList>
      {older && (
        <p className="buttons">
          <Button disabled={isFetching} onClick={older}>
            {isFetching ? t`Loading…` : t`Older tasks`}
          </Button>
        </p>
      )}
      {newCount > 0 && (
        <StatusText>{plural(newCount, { one: "# result to look at", other: "# results to look at" })}</StatusText>
      )}
      <StatusNote>
        <Trans>Originals are never changed: a result is a version of the file.</Trans>
      </StatusNote>
    </PageBody>
  );
}

function fits(group: Group, status: string): boolean {
  if (status === "unfinished") return unfinishedOf(group) > 0;
  return status === "" || (isStatus(status) && group.counts[status] > 0);
}
