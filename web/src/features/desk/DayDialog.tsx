import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CalendarDays } from "lucide-react";
import { useState } from "react";

import type { Rule } from "../../data/publishing/schema";
import { FormDialog } from "../../ui/Dialog";
import { Choice, TextField } from "../../ui/Field";
import { dayWords, localIn, momentIn, placeOf } from "./days";
import { nameOfDraft } from "./DeskRow";
import type { Draft, ScheduleRequest } from "./schema";

interface Props {
  drafts: readonly Draft[];
  rule: Rule;
  today: string;
  plan: ReadonlyMap<number, string>;
  onSet: (body: ScheduleRequest) => void;
  onClose: () => void;
}

/** A day for drafts: the next free ones of the rule, or one of one's own. */
export function DayDialog({ drafts, rule, today, plan, onSet, onClose }: Props) {
  const [first] = drafts;
  const zone = rule.time_zone;
  const before = first?.due_at ? localIn(zone, first.due_at) : null;
  const next = first && plan.get(first.id);
  const [isOwn, setOwn] = useState(before !== null || !rule.is_on);
  const [day, setDay] = useState(before?.day ?? (next ? localIn(zone, next).day : today));
  const [time, setTime] = useState(before?.time ?? rule.times[0] ?? "18:00");
  const ids = drafts.map(({ id }) => id);
  // A field is empty until all of a day, or of a time, has been typed.
  const isWhole = /^\d{4}-\d\d-\d\d$/.test(day) && time !== "";
  const isPast = isOwn && isWhole && momentIn(zone, { day, time }) < new Date().toISOString();
  return (
    <FormDialog
      title={
        drafts.length === 1 && first
          ? t`Set a day for “${nameOfDraft(first)}”`
          : t`Set a day for ${plural(drafts.length, { one: "# draft", other: "# drafts" })}`
      }
      icon={CalendarDays}
      confirm={isOwn ? t`On ${isWhole ? dayWords(day) : t`this day`}` : t`On free days`}
      isDisabled={isOwn && (!isWhole || isPast)}
      onSubmit={() => {
        onClose();
        onSet(isOwn ? { draft_ids: ids, at: momentIn(zone, { day, time }) } : { draft_ids: ids });
      }}
      onClose={onClose}
    >
      <div className="desk-day-choice">
        <Choice type="radio" name="day" checked={isOwn} onChange={() => setOwn(true)}>
          <Trans>On a day of your own</Trans>
        </Choice>
        <div className="beside">
          <TextField
            label={t`Day`}
            className="field"
            type="date"
            data-first={isOwn ? "" : undefined}
            min={today}
            value={day}
            onFocus={() => setOwn(true)}
            onChange={setDay}
          />
          <TextField
            label={t`Time`}
            className="field"
            type="time"
            value={time}
            onFocus={() => setOwn(true)}
            onChange={setTime}
          />
        </div>
        {isPast && (
          <p className="bad">
            <Trans>That is over in {placeOf(zone)}.</Trans>
          </p>
        )}
        <Choice
          type="radio"
          name="day"
          disabled={!rule.is_on}
          data-first={isOwn ? undefined : ""}
          checked={!isOwn}
          note={rule.is_on ? next && t`from ${dayWords(localIn(zone, next).day)}` : t`The rule is off.`}
          onChange={() => setOwn(false)}
        >
          <Trans>On the next free days</Trans>
        </Choice>
      </div>
    </FormDialog>
  );
}
