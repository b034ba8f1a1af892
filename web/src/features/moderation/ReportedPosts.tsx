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
      <h3 id="reports-title">Reported posts</h3>
      {error && <p className="bad">{error.message}</p>}
      {data && reports.length === 0 && <p className="muted">No report waits.</p>}
      <ol>
        {reports.map((report) => (
          <Report key={report.id} report={report} now={now} />
        ))}
      </ol>
      {hasNextPage && (
        <Button disabled={isFetching} onClick={() => void fetchNextPage()}>
          Older reports
        </Button>
      )}
    </section>
  );
}

function Report({ report, now }: { report: PostReport; now: number }) {
  const [isBusy, write] = useWrite(refreshReports);
  const settle = (outcome: SettleRequest["outcome"]) => () =>
    write(() => settleReports({ report_ids: [report.id], outcome }));
  const title = report.post_title ?? "Untitled";
  return (
    <li>
      <span>
        <a href={`/u/${encodeURIComponent(report.artist_sqid)}/posts?post=${report.post_id}`}>
          <bdi>{title}</bdi>
        </a>{" "}
        of <bdi>@{report.artist_handle}</bdi>, by <bdi>@{report.reporter_handle ?? "gone"}</bdi>
      </span>
      <time className="muted" dateTime={report.created_at}>
        {formatAgo(report.created_at, now)}
      </time>
      <p className="muted" dir="auto">
        “{report.reason}”
      </p>
      <div className="buttons">
        <Button icon={Check} about={title} disabled={isBusy} onClick={settle("acted")}>
          Done something
        </Button>
        <Button icon={X} about={title} disabled={isBusy} onClick={settle("dismissed")}>
          Dismiss
        </Button>
      </div>
    </li>
  );
}
