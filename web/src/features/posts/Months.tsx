import "./Months.css";

import { plural, t } from "@lingui/core/macro";
import { memo, type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";

import { useElementSize } from "../../ui/useElementSize";
import { type Month, monthAt, monthsOf, monthWords } from "./months";
import type { ListHandle } from "../../commands/list/useRows";
import type { PostList } from "./usePostList";

/** CSS pixels above the first and below the last month; minimum distance between year labels; longest tick. */
const EDGE = 10;
const BETWEEN_YEARS = 22;
const MAX_TICK = 18;
const none: readonly Month[] = [];

interface Props {
  list: PostList;
  scroller: RefObject<HTMLElement | null>;
  handle: RefObject<ListHandle | null>;
}

/** A scrubber: one tick per month, its length by the number of posts; drag to scroll through the years. */
export function Months({ list, scroller, handle }: Props) {
  const { rows, view } = list;
  const isByDate = view.sort.id === "date";
  const months = useMemo(() => (isByDate ? monthsOf(rows) : none), [rows, isByDate]);
  const box = useRef<HTMLDivElement>(null);
  const { height } = useElementSize(box);
  const [first, setFirst] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (!element || months.length === 0) return;
    const follow = () => setFirst(handle.current?.place().index ?? 0);
    follow();
    element.addEventListener("scroll", follow, { passive: true });
    return () => element.removeEventListener("scroll", follow);
  }, [scroller, handle, view.layout, months]);

  const fullest = useMemo(() => months.reduce((most, { count }) => Math.max(most, count), 1), [months]);
  const step = months.length > 1 ? (height - 2 * EDGE) / (months.length - 1) : 0;
  const current = monthAt(months, first);
  const at = current ? months.indexOf(current) : 0;
  const goTo = (index: number) => {
    const month = months[Math.max(0, Math.min(months.length - 1, index))];
    if (month) handle.current?.goTo(month.index);
  };
  const follow = (event: PointerEvent) => {
    const { top } = event.currentTarget.getBoundingClientRect();
    goTo(step > 0 ? Math.round((event.clientY - top - EDGE) / step) : 0);
  };
  const isShown = isByDate && months.length > 1 && height > 0;
  return (
    <div
      ref={box}
      className="months"
      role="slider"
      tabIndex={isShown ? 0 : -1}
      aria-hidden={!isShown}
      aria-label={t`Month`}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, months.length - 1)}
      aria-valuenow={at}
      aria-valuetext={
        current ? t`${monthWords(current)}, ${plural(current.count, { one: "# post", other: "# posts" })}` : ""
      }
      data-own-keys
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons > 0) follow(event);
      }}
      onKeyDown={(event) => {
        const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: months.length - 1 };
        const to = steps[event.key];
        if (to === undefined) return;
        goTo(to);
        event.preventDefault();
      }}
    >
      {isShown && (
        <>
          <Ticks months={months} step={step} fullest={fullest} />
          {current && (
            <span className="month-here" style={{ top: `${EDGE + at * step - 10}px` }}>
              {monthWords(current)}
            </span>
          )}
        </>
      )}
    </div>
  );
}

interface TicksProps {
  months: readonly Month[];
  step: number;
  fullest: number;
}

/** A tick per month, and year labels where they fit. */
const Ticks = memo(function Ticks({ months, step, fullest }: TicksProps) {
  const named = yearsWithRoom(months, step);
  return months.map(({ year, month, count }, index) => {
    const top = EDGE + index * step;
    return (
      <span key={`${String(year)}-${String(month)}`}>
        {named.has(index) && (
          <span className="month-year" style={{ top: `${top - 8}px` }}>
            {year}
          </span>
        )}
        <s style={{ top: `${top}px`, width: `${3 + Math.round((MAX_TICK - 3) * Math.sqrt(count / fullest))}px` }} />
      </span>
    );
  });
});

/** Months with a year label: where a year starts far enough from the label before. */
function yearsWithRoom(months: readonly Month[], step: number): ReadonlySet<number> {
  const named = new Set<number>();
  let last = -BETWEEN_YEARS;
  months.forEach(({ year }, index) => {
    const top = index * step;
    if (index === 0 || year === months[index - 1]?.year || top - last < BETWEEN_YEARS) return;
    named.add(index);
    last = top;
  });
  return named;
}
