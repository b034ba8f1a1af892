import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import "../../ui/marks";

import { ListChecks, Wand2 } from "lucide-react";
import { useMemo, useRef } from "react";
import * as v from "valibot";

import { useCommands } from "../../commands/commands";
import { useFocusedRows } from "../../commands/list/useFocusedRows";
import { StatusNote, StatusText } from "../../commands/StatusBar";
import { purposes } from "../../data/purposes";
import { go, setParameters, TYPED, useParameters } from "../../platform/address";
import { useNow } from "../../platform/clock";
import { useStored } from "../../platform/stored";
import { Tabs } from "../../ui/Bar";
import { PageLink } from "../../ui/OpenLink";
import { OrderSelect } from "../../ui/OrderSelect";
import { Button } from "../../ui/Button";
import { CardList } from "../../ui/CardList";
import { Empty } from "../../ui/Empty";
import { PageBody } from "../../ui/PageBody";
import { SearchBox } from "../../ui/SearchBox";
import { toast } from "../../ui/toast";
import { isToLookAt } from "./groups";
import { isFound, isUnder, type Sort, sorted, SORTS, type Tab } from "./listing";
import { TaskCard } from "./TaskCard";
import { useJobs } from "./useJobs";

const PARAMETERS = ["q", "status", "group"] as const;
const TAB_WORDS: readonly (readonly [Tab, string, string | null])[] = [
  ["", t`All`, null],
  ["unfinished", t`Running`, null],
  ["new", t`To look at`, "new"],
  ["failed", t`Needs you`, "set_aside"],
  ["kept", t`Kept`, "approved"],
];
const SORT_WORDS: Record<Sort, string> = { newest: t`Newest`, kind: t`Kind of task`, file: t`File` };

/** The library has the files, and the sheet. */
function begin(): void {
  go("library");
  toast.info(t`Select the files, then choose Task.`);
}

export default function TasksPage() {
  const { groups, error, retry, older, isFetching } = useJobs();
  const { q, status, group: highlighted } = useParameters("tasks", PARAMETERS);
  const [sort, setSort] = useStored<Sort>("pmd.tasks.sort", v.picklist(SORTS), "newest");
  const now = useNow(1000);
  const found = useMemo(() => groups?.filter((group) => isFound(group, q)) ?? null, [groups, q]);
  const shown = useMemo(
    () =>
      found &&
      sorted(
        found.filter((group) => isUnder(group, status)),
        sort,
      ),
    [found, status, sort],
  );
  const search = useRef<HTMLInputElement>(null);
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
    { name: "search", run: () => search.current?.select() },
    { name: "add", label: t`New task`, icon: Wand2, group: "view", run: begin },
  ]);
  const newCount = groups?.filter(isToLookAt).length ?? 0;
  const isFiltered = q !== "" || status !== "";
  return (
    <PageBody
      title={t`Tasks`}
      tabs={
        <Tabs
          label={t`Which tasks`}
          options={TAB_WORDS.map(([value, words, state]) => ({
            ...{ value, words, isExact: older === null },
            count: found?.filter((group) => isUnder(group, value)).length,
            ...(state && { mark: <span className="state-mark" data-state={state} aria-hidden /> }),
          }))}
          value={status}
          onChange={(to) => setParameters("tasks", { status: to })}
        />
      }
      actions={
        <>
          <SearchBox
            ref={search}
            aria-label={t`Search tasks`}
            placeholder={t`File, kind of task`}
            maxLength={100}
            value={q}
            onChange={(text) => setParameters("tasks", { q: text }, TYPED)}
          />
          <OrderSelect words={SORT_WORDS} value={sort} onChange={setSort} />
          <Button icon={Wand2} look="edged" onClick={begin}>
            <Trans>New task</Trans>
          </Button>
        </>
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
            title={
              !isFiltered
                ? t`No tasks yet.`
                : older
                  ? t`None of the newest tasks is like that.`
                  : t`No task is like that.`
            }
            hint={isFiltered ? "" : t`${purposes.tasks} Select files in the library first.`}
          >
            {!isFiltered && (
              <PageLink className="button primary" page="library">
                <Trans>Open the library</Trans>
              </PageLink>
            )}
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
