import "./insights.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChartColumn, Download } from "lucide-react";

import { config, moderates } from "../../data/config";
import { setParameters, useParameters } from "../../platform/address";
import { useNow } from "../../platform/clock";
import { formatCount } from "../../platform/format";
import { Tabs } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { Empty, LoadError } from "../../ui/Empty";
import { PageBody } from "../../ui/PageBody";
import { type By, sheetUrl, useDays, useMost } from "./api";
import { barsOf, COUNTS, type Count, lastDays, names, type Period, totalOf } from "./numbers";
import type { InsightDay, InsightSubject } from "./schema";

const PERIODS = { "7": t`7 days`, "30": t`30 days`, "90": t`90 days`, "400": t`400 days` } as const;
const NAMES = ["days", "by"] as const;
type Length = keyof typeof PERIODS;
const KINDS: Readonly<Record<By, string>> = {
  post: t`Posts`,
  pack: t`Packs`,
  link: t`Links`,
  series: t({ message: "Series", context: "many" }),
};

/** An artist's own numbers by day, and what was seen, taken or answered most. */
export default function InsightsPage() {
  if (moderates) {
    return (
      <Empty
        icon={ChartColumn}
        title={t`Insights are for @${config.subject.handle} alone.`}
        hint={t`Nobody sees an artist’s numbers on their behalf.`}
      />
    );
  }
  return <Insights />;
}

function Insights() {
  const { days: length, by } = useParameters("insights", NAMES);
  const period = lastDays(Number(length), useNow(600_000));
  return (
    <PageBody
      title={t`Insights`}
      actions={
        <Tabs<Length>
          label={t`Period`}
          value={length}
          options={(Object.keys(PERIODS) as Length[]).map((value) => ({ value, words: PERIODS[value] }))}
          onChange={(days) => setParameters("insights", { days }, "days")}
        />
      }
    >
      <div className="insights">
        <p className="muted">
          <Trans>
            Views and downloads are those of your links and series, counted without cookies and without anything about
            their visitors. Days are those of UTC.
          </Trans>
        </p>
        <Days period={period} />
        <Most by={by} period={period} />
      </div>
    </PageBody>
  );
}

const SheetLink = ({ by, period }: { by: By | "day"; period: Period }) => (
  <a className="button" href={sheetUrl(by, period)} download>
    <Download aria-hidden /> <Trans>CSV</Trans>
  </a>
);

function Days({ period }: { period: Period }) {
  const { data: days, error, refetch } = useDays(period);
  if (error) return <LoadError error={error} onRetry={() => void refetch()} />;
  return (
    <section aria-labelledby="insight-days">
      <div className="spread">
        <h3 id="insight-days">
          <Trans>By day</Trans>
        </h3>
        <SheetLink by="day" period={period} />
      </div>
      <div className="insight-charts" aria-busy={!days}>
        {COUNTS.map((count) => (
          <Chart key={count} count={count} days={days ?? []} />
        ))}
      </div>
      {days && <DayTable days={days} />}
    </section>
  );
}

const HEIGHT = 48;
const STEP = 6;

/** A bar a day; the numbers stand in the table below it. */
function Chart({ count, days }: { count: Count; days: readonly InsightDay[] }) {
  const bars = barsOf(days, count);
  const highest = Math.max(1, ...bars);
  return (
    <figure className="insight-chart">
      <figcaption>
        <span className="muted">{names[count]}</span> <strong>{formatCount(totalOf(days, count))}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${Math.max(1, bars.length) * STEP} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
        {bars.map((bar, index) => {
          const height = bar === 0 ? 1 : Math.max(2, (bar / highest) * HEIGHT);
          return <rect key={index} x={index * STEP} y={HEIGHT - height} width={STEP - 1} height={height} />;
        })}
      </svg>
    </figure>
  );
}

function DayTable({ days }: { days: readonly InsightDay[] }) {
  return (
    <details>
      <summary>
        <Trans>Every day in numbers</Trans>
      </summary>
      <div className="insight-table" role="region" aria-label={t`Every day`} tabIndex={0}>
        <table aria-label={t`Every day`}>
          <Heading first={t`Day`} />
          <tbody>
            {days.toReversed().map((day) => (
              <tr key={day.day}>
                <th scope="row">
                  <time dateTime={day.day}>{day.day}</time>
                </th>
                <Cells of={day} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

const Heading = ({ first, hasTotal = false }: { first: string; hasTotal?: boolean }) => (
  <thead>
    <tr>
      <th scope="col">{first}</th>
      {COUNTS.map((count) => (
        <th key={count} scope="col" className="numbers">
          {names[count]}
        </th>
      ))}
      {hasTotal && (
        <th scope="col" className="numbers">
          <Trans>Views in all</Trans>
        </th>
      )}
    </tr>
  </thead>
);

const Cells = ({ of }: { of: InsightDay | InsightSubject }) =>
  COUNTS.map((count) => (
    <td key={count} className="numbers">
      {formatCount(of[count])}
    </td>
  ));

function Most({ by, period }: { by: By; period: Period }) {
  const { data, error, refetch, hasNextPage, isFetching, fetchNextPage } = useMost(by, period);
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="insight-most">
      <div className="spread">
        <h3 id="insight-most">
          <Trans>Most seen, taken and answered</Trans>
        </h3>
        <SheetLink by={by} period={period} />
      </div>
      <Tabs<By>
        label={t`What is listed`}
        value={by}
        options={(Object.keys(KINDS) as By[]).map((value) => ({ value, words: KINDS[value] }))}
        onChange={(to) => setParameters("insights", { by: to }, "by")}
      />
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && rows.length === 0 && (
        <p className="muted">
          <Trans>Nothing in this period.</Trans>
        </p>
      )}
      {rows.length > 0 && (
        <div className="insight-table" role="region" aria-label={KINDS[by]} tabIndex={0}>
          <table aria-label={KINDS[by]}>
            <Heading first={KINDS[by]} hasTotal={by === "post"} />
            <tbody>
              {rows.map((row) => (
                <tr key={row.subject_id}>
                  <th scope="row" dir="auto">
                    {row.title ?? (by === "post" ? t`Untitled` : t`Removed`)}
                  </th>
                  <Cells of={row} />
                  {by === "post" && <td className="numbers">{formatCount(row.total_view_count ?? 0)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasNextPage && (
        <Button disabled={isFetching} onClick={() => void fetchNextPage()}>
          <Trans>More</Trans>
        </Button>
      )}
    </section>
  );
}
