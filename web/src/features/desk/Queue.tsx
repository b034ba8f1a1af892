import "./queue.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";

import { putRule, useRule } from "../../data/publishing/rule";
import type { Rule } from "../../data/publishing/schema";
import { Button } from "../../ui/Button";
import { formatCount } from "../../platform/format";
import { Choice } from "../../ui/Field";
import { editOf } from "../../ui/edits";
import { useWrite } from "../../ui/useWrite";
import { refreshDesk } from "./api";
import { mondayOf, placeOf, ruleWords } from "./days";
import { Carried, useDayDrop } from "./dayDrag";
import { Month, Today } from "./Month";
import { type Code, FIXES, problemWords } from "./problems";
import { RulePopover } from "./RulePopover";
import type { Calendar, DraftCounts } from "./schema";
import type { Tab } from "./useDrafts";
import { switchedOn, useCalendar } from "./useQueue";

interface Props {
  tab: Tab;
  rule: Rule;
  today: string;
  counts: DraftCounts | null;
  isReadOnly: boolean;
  onDay: (day: Calendar["days"][number]) => void;
  onDrop: (ids: readonly number[], day: string) => void;
  /** One button for all drafts with this problem. */
  onFix: (code: Code) => void;
}

/** When drafts go out: the weeks, the rule, and what is to do before. */
export function Queue({ tab, rule, today, counts, isReadOnly, onDay, onDrop, onFix }: Props) {
  const [asked, setFrom] = useState<string | null>(null);
  const from = asked ?? mondayOf(today);
  const calendar = useCalendar(from);
  const now = useCalendar(mondayOf(today));
  useDayDrop(onDrop);
  return (
    <aside className="desk-queue" aria-label={t`Queue`}>
      <Month
        {...{ calendar, from, today, onDay }}
        weekdays={rule.weekdays}
        scheduledCount={counts?.scheduled_count ?? null}
        onFrom={setFrom}
      />
      <RuleLine rule={rule} isReadOnly={isReadOnly} />
      {counts && <Problems tab={tab} counts={counts} isReadOnly={isReadOnly} onFix={onFix} />}
      <Today day={now?.days.find(({ day }) => day === today)} zone={rule.time_zone} />
      <Carried />
    </aside>
  );
}

export function useRuleWrite() {
  const { data } = useRule();
  const [isBusy, write] = useWrite(refreshDesk);
  return {
    isBusy: isBusy || !data,
    save: (change: Partial<Rule>) => data && write(() => putRule(editOf(data, change))),
  };
}

/** The rule in words; a paused queue says so, and how it goes on. */
function RuleLine({ rule, isReadOnly }: { rule: Rule; isReadOnly: boolean }) {
  const { isBusy, save } = useRuleWrite();
  if (rule.is_paused) {
    return (
      <div className="desk-rule" data-paused>
        <TriangleAlert aria-hidden />
        <p className="grow">
          <Trans>
            <strong>The queue is paused</strong>
            <br />
            Nothing goes out, and nothing is lost.
          </Trans>
        </p>
        {!isReadOnly && (
          <Button look="primary" disabled={isBusy} onClick={() => save({ is_paused: false })}>
            <Trans>Go on</Trans>
          </Button>
        )}
      </div>
    );
  }
  return (
    <div className="desk-rule">
      <Choice
        type="checkbox"
        checked={rule.is_on}
        disabled={isBusy || isReadOnly}
        note={
          <>
            <br />
            {rule.is_on ? t`Free days are dashed. ` : t`Off: nothing is scheduled by itself. `}
            {rule.time_zone === "UTC" ? t`Times are in UTC.` : t`Times are ${placeOf(rule.time_zone)} time.`}
          </>
        }
        onChange={(isOn) => save(isOn ? switchedOn(rule) : { is_on: false })}
      >
        <strong>{ruleWords(rule.weekdays, rule.times)}</strong>
      </Choice>
      {!isReadOnly && <RulePopover rule={rule} />}
    </div>
  );
}

interface ProblemsProps {
  tab: Tab;
  counts: DraftCounts;
  isReadOnly: boolean;
  onFix: (code: Code) => void;
}

function Problems({ tab, counts, isReadOnly, onFix }: ProblemsProps) {
  const isDrafts = tab === "drafts";
  const problems = isDrafts ? counts.problems : counts.scheduled_problems;
  const all = isDrafts ? counts.draft_count : counts.scheduled_count;
  if (all === 0) return null;
  const late = problems.filter(({ is_blocking: blocks }) => blocks);
  const isReady = isDrafts ? counts.ready_count === all : late.length === 0;
  return (
    <section className="desk-part" aria-label={t`Before publishing`}>
      <h3 className="over">
        <Trans>Before publishing</Trans>
      </h3>
      <ul>
        {problems.map(({ code, count, names, is_blocking: blocks }) => (
          <li key={code} className="desk-problem">
            <TriangleAlert className={blocks ? "wait" : "faint"} aria-hidden />
            <p className="grow">
              <strong className={blocks ? "wait" : "muted"}>{problemWords(code, count).replace(/\.$/, "")}</strong>
              <br />
              <bdi className="muted">
                {names.join(", ")}
                {count > names.length && t` and ${plural(count - names.length, { one: "# more", other: "# more" })}`}
              </bdi>
            </p>
            {FIXES[code] && isDrafts && !isReadOnly && (
              <Button about={`: ${problemWords(code, count)}`} onClick={() => onFix(code)}>
                {FIXES[code].forAll}
              </Button>
            )}
          </li>
        ))}
        <li className="desk-problem">
          <span className="state-mark" data-state={isReady ? "approved" : "new"} aria-hidden />
          <p className="grow">
            {isReady ? (
              <>
                {all === 1 ? t`It is ready` : t`All ${formatCount(all)} are ready`}
                <br />
                <span className="muted">
                  <Trans>Alt text, licence and place are looked at again just before.</Trans>
                </span>
              </>
            ) : (
              t`${isDrafts ? counts.ready_count : all - late.length} of ${all} are ready`
            )}
          </p>
        </li>
      </ul>
    </section>
  );
}
