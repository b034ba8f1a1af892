import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check, X } from "lucide-react";

import { refreshReports, settleReports, useReports } from "../../data/moderation/reports";
import type { PostReport, SettleRequest } from "../../data/moderation/schema";
import { useNow } from "../../platform/clock";
import { formatAgo } from "../../platform/format";
import { Button } from "../../ui/Button";
import { useWrite } from "../../ui/useWrite";

/** What people have reported and nobody has settled, newest first. */
export function ReportedPosts() {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useReports();
  const now = useNow(60_000);
  const reports = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="audit" aria-labelledby="reports-title">
      <h3 id="reports-title">
        <Trans>Reported posts</Trans>
      </h3>
      {error && <p className="bad">{error.message}</p>}
      {data && reports.length === 0 && (
        <p className="muted">
          <Trans>No report waits.</Trans>
        </p>
      )}
      <ol>
        {reports.map((report) => (
          <Report key={report.id} report={report} now={now} />
        ))}
      </ol>
      {hasNextPage && (
        <Button disabled={isFetching} onClick={() => void fetchNextPage()}>
          <Trans>Older reports</Trans>
        </Button>
      )}
    </section>
  );
}

function Report({ report, now }: { report: PostReport; now: number }) {
  const [isBusy, write] = useWrite(refreshReports);
  const settle = (outcome: SettleRequest["outcome"]) => () =>
    write(() => settleReports({ report_ids: [report.id], outcome }));
  const title = report.post_title ?? t`Untitled`;
  return (
    <li>
      <span>
        <Trans>
          <a href={`/u/${encodeURIComponent(report.artist_sqid)}/posts?post=${report.post_id}`}>
            <bdi>{title}</bdi>
          </a>{" "}
          of <bdi>@{report.artist_handle}</bdi>, by <bdi>@{report.reporter_handle ?? t`gone`}</bdi>
        </Trans>
      </span>
      <time className="muted" dateTime={report.created_at}>
        {formatAgo(report.created_at, now)}
      </time>
      <p className="muted" dir="auto">
        “{report.reason}”
      </p>
      <div className="buttons">
        <Button icon={Check} about={title} disabled={isBusy} onClick={settle("acted")}>
          <Trans>Done something</Trans>
        </Button>
        <Button icon={X} about={title} disabled={isBusy} onClick={settle("dismissed")}>
          <Trans>Dismiss</Trans>
        </Button>
      </div>
    </li>
  );
}
