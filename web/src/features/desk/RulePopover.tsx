import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";

import { DESK, putRule } from "../../data/publishing/rule";
import type { Rule } from "../../data/publishing/schema";
import { Tabs } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { SelectField } from "../../ui/Field";
import { Popover } from "../../ui/Popover";
import { editOf } from "../../ui/edits";
import { Theirs, useEdits } from "../../ui/useEdits";
import { useWrite } from "../../ui/useWrite";
import { weekdayNames } from "../../platform/calendar";
import { nameOf } from "../../platform/text";
import { refreshDesk, tryRule } from "./api";
import { dayWords, localIn, placeOf } from "./days";
import { switchedOn } from "./useQueue";

const MOST_TIMES = 24;
const ORDERS = { table: t`As in the table`, series: t`Series in turn` };

/** Changes when drafts go out; what it would do is said before it does. */
export function RulePopover({ rule }: { rule: Rule }) {
  return (
    <Popover label={t`Change`} className="button desk-change">
      <RuleForm rule={rule} />
    </Popover>
  );
}

function close(from: HTMLElement): void {
  from.closest<HTMLElement>("[popover]")?.hidePopover();
}

function RuleForm({ rule: before }: { rule: Rule }) {
  const edits = useEdits(before, editOf(before, switchedOn(before)).to);
  const { values: rule, set: change } = edits;
  const [isBusy, write] = useWrite(refreshDesk);
  const times = rule.times;
  const isWhole = rule.weekdays.length > 0 && times.length > 0 && times.every((time) => /^\d\d:\d\d$/.test(time));
  return (
    <form
      className="desk-rule-form"
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        write(async () => {
          if (await edits.save(putRule, { times: [...new Set(times)].sort() })) close(form);
        });
      }}
    >
      <h3 className="over">
        <Trans>When scheduled posts go out</Trans>
      </h3>
      <div className="segmented" role="group" aria-label={t`Days`}>
        {weekdayNames.map((name, index) => {
          const day = index + 1;
          const isOn = rule.weekdays.includes(day);
          const others = rule.weekdays.filter((each) => each !== day);
          return (
            <button
              key={name}
              type="button"
              aria-pressed={isOn}
              onClick={() => change({ weekdays: isOn ? others : [...others, day].sort((a, b) => a - b) })}
            >
              {name}
            </button>
          );
        })}
      </div>
      <div className="desk-rule-line">
        <span className="muted">
          <Trans>At</Trans>
        </span>
        <span className="buttons">
          {times.map((time, index) => (
            <span key={index} className="beside">
              <input
                type="time"
                aria-label={t`Time ${index + 1}`}
                required
                value={time}
                onChange={({ target }) =>
                  change({ times: times.map((each, at) => (at === index ? target.value : each)) })
                }
              />
              {times.length > 1 && (
                <IconButton
                  icon={X}
                  label={t`Leave out ${time}`}
                  onClick={() => change({ times: times.filter((_, at) => at !== index) })}
                />
              )}
            </span>
          ))}
          {times.length < MOST_TIMES && (
            <Button icon={Plus} look="quiet" onClick={() => change({ times: [...times, "12:00"] })}>
              <Trans>Another time</Trans>
            </Button>
          )}
        </span>
      </div>
      <div className="desk-rule-line">
        <span className="muted">
          <Trans>Order</Trans>
        </span>
        <Tabs
          label={t`Order`}
          look=""
          value={rule.in_turn}
          options={(["table", "series"] as const).map((value) => ({ value, words: ORDERS[value] }))}
          onChange={(in_turn) => change({ in_turn })}
        />
      </div>
      <SelectField
        className="desk-rule-line"
        label={
          <span className="muted">
            <Trans>Time</Trans>
          </span>
        }
        value={rule.time_zone}
        options={zones(rule.time_zone).map((zone) => [zone, placeOf(zone)] as const)}
        onChange={(time_zone) => change({ time_zone })}
      />
      {isWhole ? (
        <Outlook rule={rule} />
      ) : (
        <p className="bad">
          <Trans>It needs a day and a time.</Trans>
        </p>
      )}
      <Theirs
        edits={edits}
        shown={{
          weekdays: [t`Days`, (days) => days.map((day) => weekdayNames[day - 1]).join(", ")],
          times: [t`At`, (theirs) => theirs.join(", ")],
          in_turn: [t`Order`, (turn) => nameOf(ORDERS, turn)],
          time_zone: [t`Time`, placeOf],
          is_on: [t`Schedule`, (isOn) => (isOn ? t`On` : t`Off`)],
        }}
      />
      <div className="buttons desk-rule-end">
        <Button look="quiet" onClick={(event) => close(event.currentTarget)}>
          <Trans>Cancel</Trans> <kbd aria-hidden>Esc</kbd>
        </Button>
        <Button type="submit" look="primary" disabled={isBusy || !isWhole}>
          <Trans>Use this</Trans>
        </Button>
      </div>
    </form>
  );
}

function zones(chosen: string): string[] {
  return [...new Set([chosen, ...Intl.supportedValuesOf("timeZone"), "UTC"])].sort();
}

/** "The 9 drafts that are ready go out from Fri 27 Nov to Thu 17 Dec." */
function Outlook({ rule }: { rule: Rule }) {
  const { data } = useQuery({
    queryKey: [...DESK, "outlook", rule],
    queryFn: ({ signal }) => tryRule(rule, signal),
    placeholderData: (before) => before,
  });
  const day = (at: string) => dayWords(localIn(rule.time_zone, at).day);
  const words =
    data?.first_at && data.last_at
      ? data.ready_count === 1
        ? t`The draft that is ready goes out on ${day(data.first_at)}.`
        : t`The ${plural(data.ready_count, { one: "# draft", other: "# drafts" })} that are ready go out from ${day(data.first_at)} to ${day(data.last_at)}.`
      : t`No draft is ready yet.`;
  return (
    <p className="muted">
      <Trans>{words} Posts you put on a day yourself stay there.</Trans>
    </p>
  );
}
