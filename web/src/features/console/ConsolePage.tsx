import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Ban, CircleCheck, RotateCcw, ScrollText } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";

import { lowered } from "../../platform/text";
import "./console.css";
import { setParameters, useParameters } from "../../platform/address";
import { useNow } from "../../platform/clock";
import { formatAtLeast, formatCount } from "../../platform/format";
import { keepExisting, noSelection, type Selection, toggle } from "../../platform/selection";
import { Bar, Tabs } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { Dialog, FormDialog } from "../../ui/Dialog";
import { useDialog } from "../../ui/useDialog";
import { Empty, LoadError } from "../../ui/Empty";
import { ListHead } from "../../ui/ListHead";
import { StatusText } from "../../commands/StatusBar";
import { SearchBox } from "../../ui/SearchBox";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { useListCommands } from "../../commands/list/useListCommands";
import { actionsOf } from "./actions";
import { orderWork, pauseKind, useLog, useOverview, useWork } from "./api";
import { parseFilter, STATES, withPart } from "./filter";
import { Health } from "./Health";
import { Kinds } from "./Kinds";
import type { KindOfWork, Overview, WorkItem, WorkRef } from "./schema";
import { Trace } from "./Trace";
import { formatClock, formatWhen, isExact, kindOf, kindsOf, saidOf } from "./words";
import { idOf, WorkRows } from "./WorkRows";

/** Details are fetched only where the cursor rests: viewing someone's work is recorded in the audit log. */
const RESTS_MS = 250;
const words: Record<(typeof STATES)[number], string> = {
  all: t`All`,
  waiting: t`Waiting`,
  running: t`Running`,
  failed: t`Failed`,
  ended: t`Done today`,
};

const PARAMETERS = ["q", "state", "kind"] as const;

/** All work of the site: what is waiting, running and failed, whose fault it is, and what can be done. */
export default function ConsolePage() {
  const { q: text, state, kind } = useParameters("ops", PARAMETERS);
  const setText = (q: string) => setParameters("ops", { q });
  const { data: overview } = useOverview();
  const work = useWork(parseFilter(useDeferredValue(text), state, kind));
  const items = work.data?.items ?? [];
  const [active, setActive] = useState<string | null>(null);
  const [chosen, setChosen] = useState<Selection<string>>(noSelection);
  const [asked, setAsked] = useState<readonly WorkRef[] | null>(null);
  const [openLog, log] = useDialog((onClose) => <LogDialog onClose={onClose} />);
  const now = useNow(10_000);

  const order = items.map(idOf);
  const activeId = active !== null && order.includes(active) ? active : (order[0] ?? null);
  const selection = keepExisting(chosen, (id) => order.includes(id));
  const activeItem = items.find((item) => idOf(item) === activeId);
  const selected = items.filter((item) => selection.ids.has(idOf(item)));
  const meant = selected.length > 0 ? selected : activeItem ? [activeItem] : [];
  const able = items.filter(({ next_step: step }) => step === "retry");
  const shown = useRested(activeItem);

  const [, write] = useWrite();
  const retry = (rows: readonly WorkRef[]) =>
    write(async () => {
      const count = await orderWork("retry", rows.map(refOf));
      setChosen(noSelection);
      toast.success(
        t`Retrying ${plural(count, { one: "# row", other: "# rows" })}. Rows that cannot be retried are unchanged.`,
      );
    });
  const cancel = (rows: readonly WorkRef[]) =>
    write(async () => {
      await orderWork("cancel", rows.map(refOf));
      toast.success(t`Cancelling ${plural(rows.length, { one: "# row", other: "# rows" })}.`);
    });
  const pause = (each: KindOfWork) =>
    write(async () => {
      await pauseKind(each.name, each.paused_at === null);
      const name = kindsOf(each.name);
      toast.success(
        each.paused_at ? t`${name} resumed.` : t`${name} paused. No new work of this kind starts until you resume it.`,
      );
    });

  useListCommands(
    {
      order,
      activeId,
      setActiveId: setActive,
      selection,
      select: (change) => setChosen(change(selection)),
      shape: () => ({ rows: 10, columns: 1 }),
      onOpen: () => document.querySelector<HTMLElement>(".ops-trace button")?.focus(),
      onEscape: () => text !== "" && (setText(""), true),
    },
    actionsOf({
      meant,
      able,
      overview,
      kind,
      retry,
      pause,
      ask: setAsked,
      only: (item) => setText(withPart(text, "user", item.handle ?? item.user_sqid)),
    }),
  );

  return (
    <section className="ops" aria-label={t`Work of the whole site`}>
      <Health overview={overview} />
      <Bar title={t`Work`}>
        <Tabs
          label={t`Which work`}
          value={state}
          onChange={(to) => setParameters("ops", { state: to })}
          options={STATES.map((value) => ({
            value,
            words: words[value],
            ...(value !== "ended" && overview && counted(overview, kind, value)),
            ...(value !== "all" && { mark: <span className="ops-state" data-status={value} aria-hidden /> }),
          }))}
        />
        <span className="grow" />
        <SearchBox
          aria-label={t`Search work`}
          placeholder={t`user: since: error: attempt: id: request:`}
          value={text}
          onChange={setText}
        />
        <IconButton icon={ScrollText} label={t`Audit log`} onClick={openLog} />
        {able.length > 0 && (
          <Button look="primary" icon={RotateCcw} onClick={() => retry(able)}>
            <Trans>
              Retry {formatCount(able.length)} of {formatCount(items.length)}
            </Trans>{" "}
            <kbd aria-hidden>Shift+R</kbd>
          </Button>
        )}
      </Bar>
      <div className="ops-work">
        <Kinds
          kinds={overview?.kinds}
          notes={overview?.notes ?? []}
          value={kind}
          onChange={(to) => setParameters("ops", { kind: to })}
          onPause={(each) => pause(each)}
        />
        <div className="ops-list">
          <ListHead look="ops-head" names={["", t`Kind`, t`What and why`, t`Next step`, t`Try`, t`When`]} />
          {work.error && !work.data ? (
            <LoadError error={work.error} onRetry={() => void work.refetch()} />
          ) : work.data && items.length === 0 ? (
            <Empty
              icon={CircleCheck}
              title={state === "failed" && !text ? t`Nothing has failed.` : t`No work matches this filter.`}
            />
          ) : (
            <WorkRows
              items={items}
              activeId={activeId}
              selection={selection}
              now={now}
              onPoint={setActive}
              onToggle={(id) => setChosen(toggle(selection, id))}
            />
          )}
        </div>
        <Trace shown={shown} onRetry={(ref) => retry([ref])} onCancel={(ref) => setAsked([ref])} />
      </div>
      <StatusText>
        {formatAtLeast(items.length, !work.data?.has_more)} {lowered(words[state])}
        {overview && t` · as of ${formatClock(overview.as_of)}`}
      </StatusText>
      {log}
      {asked && <CancelDialog onCancel={cancel} rows={asked} onClose={() => setAsked(null)} />}
    </section>
  );
}

const refOf = ({ kind, id }: WorkRef): WorkRef => ({ kind, id });

function counted(overview: Overview, kind: string, state: "all" | "waiting" | "running" | "failed") {
  const kinds = overview.kinds.filter((each) => kind === "" || each.name === kind);
  const countOf = (each: KindOfWork) => (state === "all" ? each.waiting + each.running + each.failed : each[state]);
  const count = kinds.reduce((sum, each) => sum + countOf(each), 0);
  return { count, isExact: isExact(count) };
}

/** The row at which the cursor rests. */
function useRested(item: WorkItem | undefined): WorkRef | null {
  const [rested, setRested] = useState<WorkRef | null>(null);
  const { kind, id } = item ?? {};
  useEffect(() => {
    const timer = setTimeout(() => setRested(kind && id ? { kind, id } : null), RESTS_MS);
    return () => clearTimeout(timer);
  }, [kind, id]);
  return rested;
}

interface CancelProps {
  rows: readonly WorkRef[];
  onCancel: (rows: readonly WorkRef[]) => void;
  onClose: () => void;
}

function CancelDialog({ rows, onCancel, onClose }: CancelProps) {
  const what = plural(rows.length, { one: "# row", other: "# rows" });
  return (
    <FormDialog
      title={t`Cancel ${what}?`}
      icon={Ban}
      confirm={t`Cancel ${what}`}
      cancel={t`Keep it`}
      isDangerous
      onSubmit={() => {
        onClose();
        onCancel(rows);
      }}
      onClose={onClose}
    >
      <p>
        <Trans>Their owners will see that an operator cancelled this. It can be retried later.</Trans>
      </p>
    </FormDialog>
  );
}

/** What operators did, here and on the command line, newest first. */
function LogDialog({ onClose }: { onClose: () => void }) {
  const { data: log, error, dataUpdatedAt } = useLog();
  return (
    <Dialog title={t`Audit log`} onClose={onClose}>
      {error && !log && <p role="alert">{error.message}</p>}
      {log?.items.length === 0 && (
        <p className="muted">
          <Trans>Nobody has done anything yet.</Trans>
        </p>
      )}
      <ul className="ops-acts muted" tabIndex={0} aria-label={t`Audit log`}>
        {log?.items.map((act) => (
          <li key={act.id}>
            <time>{formatWhen(act.created_at, dataUpdatedAt)}</time> {saidOf(act)}
            {act.kind && ` · ${kindOf(act.kind)} ${act.row_id?.slice(0, 8) ?? ""}`}
            {act.handle && ` · ${act.handle}`}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
