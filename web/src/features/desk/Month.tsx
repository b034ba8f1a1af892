import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useRef } from "react";

import { formatCount } from "../../platform/format";
import { SmallPreview } from "../../data/assets/SmallPreview";
import { IconButton } from "../../ui/Button";
import { weekdayNames } from "../../platform/calendar";
import { dayAfter, dayWords, localIn, monthOf, numberOf, weekdayOf } from "./days";
import { useDayDrag, useDraggedDay } from "./dayDrag";
import type { Calendar } from "./schema";
import { WEEKS } from "./useQueue";

type Day = Calendar["days"][number];

interface Props {
  calendar: Calendar | null;
  /** The first day: a Monday. */
  from: string;
  today: string;
  weekdays: readonly number[];
  scheduledCount: number | null;
  onFrom: (from: string) => void;
  onDay: (day: Day) => void;
}

/** Five weeks with what goes out on each day: free days of the rule are dashed, other days darker. */
export function Month({ calendar, from, today, weekdays, scheduledCount, onFrom, onDay }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const last = dayAfter(from, WEEKS * 7 - 1);
  const [begin, end] = [monthOf(from), monthOf(last)];
  useDayDrag(box, (id) => [id]);
  const days = new Map((calendar?.days ?? []).map((day) => [day.day, day]));
  const shown = Array.from({ length: WEEKS * 7 }, (_, index) => dayAfter(from, index));
  return (
    <>
      <h2 className="beside">
        <Trans>Queue</Trans>{" "}
        <span className="numbers faint grow">{scheduledCount === null ? "" : t`${scheduledCount} scheduled`}</span>
        <IconButton icon={ChevronLeft} label={t`Earlier weeks`} onClick={() => onFrom(dayAfter(from, -7 * WEEKS))} />
        <span className="numbers muted">{begin === end ? begin : `${begin} – ${end}`}</span>
        <IconButton icon={ChevronRight} label={t`Later weeks`} onClick={() => onFrom(dayAfter(from, 7 * WEEKS))} />
      </h2>
      <div ref={box}>
        <div className="desk-weekdays" aria-hidden>
          {weekdayNames.map((day) => (
            <span key={day}>{day}</span>
          ))}
        </div>
        <ul className="desk-month" aria-label={t`Days`}>
          {shown.map((day) => (
            <DayCell
              key={day}
              day={day}
              known={days.get(day)}
              today={today}
              isRuled={weekdays.includes(weekdayOf(day))}
              isFirst={day === from}
              onDay={onDay}
            />
          ))}
        </ul>
      </div>
    </>
  );
}

interface DayProps {
  day: string;
  known: Day | undefined;
  today: string;
  isRuled: boolean;
  isFirst: boolean;
  onDay: (day: Day) => void;
}

function DayCell({ day, known, today, isRuled, onDay }: DayProps) {
  const isOver = useDraggedDay() === day;
  const shown = known?.entries.filter(({ status }) => status !== "draft") ?? [];
  const [first] = shown;
  const count = (known?.published_count ?? 0) + (known?.scheduled_count ?? 0) + (known?.failed_count ?? 0);
  const number = numberOf(day);
  return (
    <li
      className="desk-day"
      data-day={day}
      data-past={day < today}
      data-on={isOver}
      data-now={day === today}
      data-off={!isRuled}
      data-id={first?.status === "scheduled" ? first.draft_id : undefined}
    >
      <button type="button" aria-label={wordsOf(day, known)} onClick={() => known && onDay(known)}>
        <span aria-hidden>{number === 1 ? `1 ${monthOf(day)}` : number}</span>
        {first && (
          <span className="desk-day-art" data-handle>
            {first.asset_id !== null && (
              <SmallPreview asset={{ id: first.asset_id, type: "image", file_format: "", has_preview: true }} />
            )}
          </span>
        )}
        {!first && known && known.free_at.length > 0 && <span className="desk-day-free" aria-hidden />}
        {count > 1 && (
          <span className="desk-day-count" aria-hidden>
            {formatCount(count)}
          </span>
        )}
        {(known?.failed_count ?? 0) > 0 ? (
          <span className="state-mark" data-state="set_aside" aria-hidden />
        ) : (
          (known?.published_count ?? 0) > 0 && <span className="state-mark" data-state="approved" aria-hidden />
        )}
      </button>
    </li>
  );
}

const states: Record<string, string> = { published: t`published`, scheduled: t`scheduled`, failed: t`failed` };

function wordsOf(day: string, known: Day | undefined): string {
  const parts = [
    [known?.published_count, states.published],
    [known?.scheduled_count, states.scheduled],
    [known?.failed_count, states.failed],
  ] as const;
  const posts = (count: number) => plural(count, { one: "# post", other: "# posts" });
  const said = parts.flatMap(([count, word]) => (count ? [`${posts(count)} ${word}`] : []));
  if (said.length === 0 && known && known.free_at.length > 0) said.push(t`free`);
  return [dayWords(day), ...said].join(", ");
}

/** Today's posts, with their times. */
export function Today({ day, zone }: { day: Day | undefined; zone: string }) {
  const entries = day?.entries.filter(({ status }) => status !== "draft") ?? [];
  if (!day || entries.length === 0) return null;
  return (
    <section className="desk-part" aria-label={t`Today`}>
      <h3 className="over">
        <Trans>Today, {dayWords(day.day)}</Trans>
      </h3>
      <ul>
        {entries.map((entry) => (
          <li key={entry.draft_id} className="desk-today">
            <time>{localIn(zone, entry.at).time}</time>
            <span className="desk-day-art">
              {entry.asset_id !== null && (
                <SmallPreview asset={{ id: entry.asset_id, type: "image", file_format: "", has_preview: true }} />
              )}
            </span>
            <bdi className="cut grow">{entry.title ?? t`Untitled`}</bdi>
            <span
              className="state-mark"
              role="img"
              aria-label={states[entry.status] ?? entry.status}
              data-state={entry.status === "published" ? "approved" : entry.status === "failed" ? "set_aside" : "new"}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
