import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Archive, Ban, Download, ListChecks, RotateCcw, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";

import {
  apiUrl,
  cancelDownload,
  filesOfDownload,
  postsOfDownload,
  removeDownload,
  retryDownload,
} from "../../data/client";
import { refreshDownloads, useMissing } from "../../data/queries";
import type { Bdr, BdrStatus } from "../../data/schema";
import { formatAgo, formatBytes, formatCount, formatDuration } from "../../platform/format";
import { joinParts, nameOf } from "../../platform/text";
import { openShared } from "../../data/dialogs";
import { ShareButton } from "../../data/ShareButton";
import { Button, IconButton } from "../../ui/Button";
import { Progress } from "../../ui/Progress";
import { StatusIcon } from "../../ui/Status";
import { useWrite } from "../../ui/useWrite";
import { contentsOf, effectiveStatus, timeLeft } from "../../data/downloads";

const names: Record<BdrStatus, string> = {
  pending: t`Waiting`,
  processing: t`Packing`,
  ready: t`Ready`,
  failed: t`Failed`,
  expired: t`Expired`,
};

interface Props {
  bdr: Bdr;
  now: number;
  isHighlighted: boolean;
  onSelect: (posts: readonly number[]) => void;
}

export function DownloadItem({ bdr, now, isHighlighted, onSelect }: Props) {
  const status = effectiveStatus(bdr, now);
  const [isBusy, write] = useWrite(refreshDownloads);
  const isTakeout = bdr.takeout_id !== null;
  const isOfPosts = !isTakeout && bdr.file_count === 0;
  const count = contentsOf(bdr);
  const name = bdr.name ?? `${count}, ${formatAgo(bdr.created_at, now)}`;

  const perform = (work: () => Promise<unknown>) => () => write(work);
  const pack = () => openShared({ about: "packPosts", find: () => filesOfDownload(bdr.id) });
  const extras = joinParts([bdr.include_comments && t`comments`, bdr.include_reactions && t`reactions`], t` and `);

  return (
    <li id={`bdr-${bdr.id}`} className="download" data-status={status} data-highlighted={isHighlighted} tabIndex={-1}>
      <div className="spread">
        <h3 className="beside">
          <StatusIcon of={status} />
          <span className="cut" dir="auto">
            {bdr.name ?? count}
          </span>
        </h3>
        {status === "ready" ? (
          <span>
            <span className="visually-hidden">{names.ready}, </span>
            <time dateTime={bdr.created_at}>{formatAgo(bdr.created_at, now)}</time>
          </span>
        ) : (
          <span className="status">{nameOf(names, status)}</span>
        )}
      </div>
      <p className="muted">
        {joinParts([
          bdr.missing_count > 0 && status === "ready"
            ? t`${formatCount(bdr.artwork_count - bdr.missing_count)} of ${count}`
            : count,
          !isTakeout && extras && t`with ${extras}`,
          bdr.file_size_bytes !== null && status === "ready" && formatBytes(bdr.file_size_bytes),
          status === "ready" &&
            bdr.expires_at &&
            t`available for ${formatDuration((Date.parse(bdr.expires_at) - now) / 1000)}`,
        ])}
      </p>
      {(status === "pending" || status === "processing") && <Building bdr={bdr} now={now} />}
      {status === "failed" && <p className="bad">{bdr.error_message}</p>}
      {status === "expired" && (
        <p className="muted">
          <Trans>This archive has expired. Build it again to download it.</Trans>
        </p>
      )}
      {bdr.missing_count > 0 && <MissingArtworks bdr={bdr} />}
      <div className="download-buttons beside">
        {status === "ready" && bdr.download_url && (
          <a className="button" href={apiUrl(bdr.download_url)} download>
            <Download aria-hidden />{" "}
            <Trans>
              Download<span className="visually-hidden"> {name}</span>
            </Trans>
          </a>
        )}
        {(status === "failed" || status === "expired") && (
          <Button icon={RotateCcw} about={name} disabled={isBusy} onClick={perform(() => retryDownload(bdr.id))}>
            {status === "failed" ? t`Retry` : t`Build again`}
          </Button>
        )}
        {isOfPosts && (
          <>
            <IconButton
              icon={ListChecks}
              label={t`Select the posts of ${name}`}
              disabled={isBusy}
              title={t`Select its posts`}
              onClick={perform(async () => onSelect(await postsOfDownload(bdr.id)))}
            />
            <IconButton icon={Archive} label={t`Make a pack of ${name}`} title={t`Make a pack`} onClick={pack} />
          </>
        )}
        {status === "ready" && isOfPosts && <ShareButton of={`bdr/${bdr.id}`} name={name} isIcon />}
        {status === "pending" || status === "processing" ? (
          <Button icon={Ban} about={name} disabled={isBusy} onClick={perform(() => cancelDownload(bdr.id))}>
            <Trans>Cancel</Trans>
          </Button>
        ) : (
          <IconButton
            icon={Trash2}
            look="danger"
            label={t`Remove ${name}`}
            disabled={isBusy}
            title={t`Remove`}
            onClick={perform(() => removeDownload(bdr.id))}
          />
        )}
      </div>
    </li>
  );
}

function Building({ bdr, now }: { bdr: Bdr; now: number }) {
  const left = timeLeft(bdr, now);
  const isWaiting = bdr.status === "pending";
  return (
    <>
      <Progress
        label={t`Progress of ${contentsOf(bdr)}`}
        value={bdr.processed_count}
        max={bdr.artwork_count}
        tone={isWaiting ? "waiting" : "accent"}
      />
      <p className="muted">
        {isWaiting
          ? (bdr.error_message ?? t`Starts as soon as a worker is free.`)
          : t`${formatCount(bdr.processed_count)} of ${formatCount(bdr.artwork_count)}`}
        {left !== null && t` · about ${formatDuration(Math.max(1, left))} left`}
      </p>
    </>
  );
}

/** Artworks missing from the archive, and why; fetched when opened. */
function MissingArtworks({ bdr }: { bdr: Bdr }) {
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useMissing(bdr.id, isOpen);
  return (
    <details className="missing" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="wait">
        <TriangleAlert aria-hidden />{" "}
        {bdr.file_count > 0
          ? plural(bdr.missing_count, { one: "# file is missing", other: "# files are missing" })
          : plural(bdr.missing_count, { one: "# artwork is missing", other: "# artworks are missing" })}
      </summary>
      {error ? (
        <p className="bad">{error.message}</p>
      ) : data ? (
        <ul>
          {data.items.map((each) => (
            <li key={each.public_sqid}>
              <strong>{each.title ?? each.public_sqid}</strong> <span className="muted">{each.reason}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="muted">
          <Trans>Loading…</Trans>
        </p>
      )}
    </details>
  );
}
