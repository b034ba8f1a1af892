import "./BulkChanges.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Ban, ListX, Undo2 } from "lucide-react";
import { useMemo, useState } from "react";

import {
  canRepeatUndo,
  canUndo,
  cancelBulkChange,
  isStopped,
  isUnfinished,
  refreshBulkChanges,
  undoBulkChange,
  useBulkChangeList,
  useBulkReport,
} from "../../data/changes/bulk";
import { detailOf, outcomeWords, reasons, titleOf, undoWords } from "../../data/changes/bulkWords";
import type { BulkChange } from "../../data/changes/schema";
import { usePosts } from "../../data/posts";
import { useLicenses } from "../../data/queries";
import type { License } from "../../data/schema";
import { useNow } from "../../platform/clock";
import { formatAgo, formatCount } from "../../platform/format";
import { nameOf } from "../../platform/text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/FormError";
import { Progress } from "../../ui/Progress";
import { useDialog } from "../../ui/useDialog";
import { useWrite } from "../../ui/useWrite";

const statuses: Record<BulkChange["status"], string> = {
  pending: t`Waiting`,
  running: t`Running`,
  completed: t`Done`,
  failed: t`Failed`,
  cancelled: t`Cancelled`,
};
/** As the downloads beside them are coloured. */
const looks: Record<BulkChange["status"], string> = {
  pending: "pending",
  running: "processing",
  completed: "ready",
  failed: "failed",
  cancelled: "expired",
};

/** The last changes of all posts of a filter: how far they are, what was left out, and their undo. */
export default function BulkChanges() {
  const { all } = useBulkChangeList();
  const licenses = useLicenses().data?.items ?? [];
  const now = useNow(10_000);
  if (!all || all.length === 0) return null;
  return (
    <section className="bulk-changes" aria-labelledby="changes-title">
      <h2 id="changes-title">
        <Trans>Changes by filter</Trans>
      </h2>
      <ul>
        {all.map((change) => (
          <Item
            key={change.id}
            change={change}
            undo={all.find(({ undo_of_id: id }) => id === change.id)}
            licenses={licenses}
            now={now}
          />
        ))}
      </ul>
    </section>
  );
}

interface ItemProps {
  change: BulkChange;
  /** Its undo; it is newer, and so in the list. */
  undo: BulkChange | undefined;
  licenses: readonly License[];
  now: number;
}

function Item({ change, undo, licenses, now }: ItemProps) {
  const [isBusy, write] = useWrite(refreshBulkChanges);
  const [openReport, report] = useDialog((onClose) => <ReportDialog change={change} onClose={onClose} />);
  const title = titleOf(change);
  const detail = detailOf(change, licenses);
  const { id, status, skipped_count: skipped } = change;
  const isRunning = isUnfinished(change);
  return (
    <li className="download" data-status={looks[status]}>
      <div className="spread">
        <h3>{title}</h3>
        {status === "completed" ? (
          <time dateTime={change.created_at}>{formatAgo(change.created_at, now)}</time>
        ) : (
          <span className="status">{nameOf(statuses, status)}</span>
        )}
      </div>
      {detail && <p className="muted">{detail}</p>}
      {isRunning ? (
        <>
          <Progress
            label={title}
            value={change.done_count}
            max={change.found_count}
            tone={status === "pending" ? "waiting" : "accent"}
          />
          <p className="muted">
            {status === "pending"
              ? t`Starts as soon as a worker is free.`
              : t`${formatCount(change.done_count)} of ${formatCount(change.found_count)}`}
          </p>
        </>
      ) : (
        <p className={status === "failed" ? "bad" : "muted"}>{outcomeWords(change)}</p>
      )}
      <div className="download-buttons beside">
        {isRunning && (
          <Button icon={Ban} about={title} disabled={isBusy} onClick={() => write(() => cancelBulkChange(id))}>
            <Trans>Cancel</Trans>
          </Button>
        )}
        {canUndo(change) && (
          <Button icon={Undo2} about={title} disabled={isBusy} onClick={() => write(() => undoBulkChange(id))}>
            <Trans>Undo</Trans>
          </Button>
        )}
        {canRepeatUndo(change) && (
          <Button
            icon={Undo2}
            about={title}
            disabled={isBusy}
            onClick={() => write(() => undoBulkChange(change.undo_of_id ?? id))}
          >
            {isStopped(change) ? <Trans>Resume</Trans> : <Trans>Try again</Trans>}
          </Button>
        )}
        {undo && <span className="muted">{undoWords(undo)}</span>}
        {skipped > 0 && (
          <Button icon={ListX} about={title} onClick={openReport}>
            <Trans>{formatCount(skipped)} left out</Trans>
          </Button>
        )}
      </div>
      {report}
    </li>
  );
}

/** The posts that were left as they are, a page at a time: there may be 100,000. */
function ReportDialog({ change, onClose }: { change: BulkChange; onClose: () => void }) {
  /** Of the pages up to the one that is shown. */
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const { data, error } = useBulkReport(change.id, cursors.at(-1) ?? null);
  const { posts } = usePosts("active");
  const titles = useMemo(() => {
    const wanted = new Set(data?.items.map((item) => item.post_id));
    return new Map(posts.filter(({ id }) => wanted.has(id)).map(({ id, title }) => [id, title]));
  }, [posts, data]);
  const next = data?.next_cursor ?? null;
  return (
    <Dialog
      title={t`${plural(change.skipped_count, { one: "# post", other: "# posts" })} left out`}
      className="wide"
      onClose={onClose}
    >
      <p className="muted">{titleOf(change)}</p>
      {error && <FormError>{error.message}</FormError>}
      <div className="bulk-report" role="region" aria-label={t`Posts left out`} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Post</Trans>
              </th>
              <th scope="col">
                <Trans>Why</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {data?.items.map(({ post_id: id, reason }) => (
              <tr key={id}>
                <th scope="row" dir="auto">
                  {titles.get(id) ?? t`No. ${id}`}
                </th>
                <td>{nameOf(reasons, reason)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(cursors.length > 1 || next !== null) && (
        <footer>
          <Button disabled={cursors.length === 1} onClick={() => setCursors(cursors.slice(0, -1))}>
            <Trans>Previous</Trans>
          </Button>
          <Button disabled={next === null} onClick={() => setCursors([...cursors, next])}>
            <Trans>Next</Trans>
          </Button>
        </footer>
      )}
    </Dialog>
  );
}
