import { lowered } from "../../platform/text";
import "./Kinds.css";

import { t } from "@lingui/core/macro";
import { Pause, Play } from "lucide-react";

import { formatDuration } from "../../platform/format";
import { useRovingTabIndex } from "../../ui/Bar";
import { IconButton } from "../../ui/Button";
import { ListHead } from "../../ui/ListHead";
import type { KindOfWork } from "./schema";
import { formatCounted, KIND_NAMES, kindsOf, needs } from "./words";

interface Props {
  /** Not read yet: their names keep the place, since a phone has the list below. */
  kinds: readonly KindOfWork[] | undefined;
  /** Kinds that no worker processes, and what to start for them. */
  notes: readonly string[];
  /** "" is all. */
  value: string;
  onChange: (kind: string) => void;
  onPause: (kind: KindOfWork) => void;
}

/** The kinds of work with their counts; the chosen one filters the list. */
export function Kinds({ kinds, notes, value, onChange, onPause }: Props) {
  const toolbar = useRovingTabIndex<HTMLElement>();
  const sum = (name: keyof Counts) => kinds?.reduce((all, kind) => all + kind[name], 0);
  const all = { waiting: sum("waiting"), running: sum("running"), failed: sum("failed") };
  return (
    <aside className="ops-kinds" aria-label={t`Kinds of work`} {...toolbar}>
      <ListHead
        look="ops-kinds-head"
        names={[t`Kind`, t`waits`, t`runs`, t({ message: "failed", context: "column of counts" })]}
      />
      <div className="ops-kind">
        <button type="button" aria-pressed={value === ""} onClick={() => onChange("")}>
          <Line name={t`All kinds`} {...all} />
        </button>
      </div>
      {kinds === undefined &&
        KIND_NAMES.map((name) => (
          <div key={name} className="ops-kind">
            <button type="button" aria-pressed={value === name} onClick={() => onChange(name)}>
              <Line name={kindsOf(name)} />
            </button>
          </div>
        ))}
      {kinds?.map((kind) => (
        <div key={kind.name} className="ops-kind">
          <button type="button" aria-pressed={value === kind.name} onClick={() => onChange(kind.name)}>
            <Line {...kind} name={kindsOf(kind.name)} note={noteOf(kind)} isBad={kind.waits_for.length > 0} />
          </button>
          <IconButton
            icon={kind.paused_at ? Play : Pause}
            label={`${kind.paused_at ? t`Resume` : t`Pause`}: ${kindsOf(kind.name)}`}
            onClick={() => onPause(kind)}
          />
        </div>
      ))}
      {notes.map((note) => (
        <p key={note} className="ops-note" data-tone="error">
          {note}
        </p>
      ))}
    </aside>
  );
}

/** How long the first in the queue waits on a busy day. */
const LATE_SECONDS = 60;

function noteOf({ paused_at: pausedAt, waits_for: waitsFor, late }: KindOfWork): string | null {
  if (pausedAt) return t`paused`;
  const [away] = waitsFor;
  if (away !== undefined) return t`${lowered(needs[away] ?? away)} away`;
  return late > LATE_SECONDS ? t`late ${formatDuration(late)}` : null;
}

type Counts = Pick<KindOfWork, "waiting" | "running" | "failed">;

interface LineProps extends Partial<Record<keyof Counts, number | undefined>> {
  name: string;
  note?: string | null;
  isBad?: boolean;
}

function Line({ name, waiting, running, failed, note, isBad }: LineProps) {
  return (
    <>
      <span className="cut">
        {name}
        {note && (
          <small className="cut" data-tone={isBad ? "error" : "wait"}>
            {note}
          </small>
        )}
      </span>
      <Count of={waiting} about={(count) => t`${formatCounted(count)} waiting`} />
      <Count of={running} about={(count) => t`${formatCounted(count)} running`} />
      <Count of={failed} about={(count) => t`${formatCounted(count)} failed`} isBad />
    </>
  );
}

interface CountProps {
  of: number | undefined;
  about: (count: number) => string;
  isBad?: boolean;
}

function Count({ of: count, about, isBad = false }: CountProps) {
  if (count === undefined) return <span className="numbers">…</span>;
  return (
    <span className="numbers" data-tone={isBad && count > 0 ? "error" : undefined} aria-label={about(count)}>
      {formatCounted(count)}
    </span>
  );
}
