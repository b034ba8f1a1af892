import {
  Ban,
  CircleCheck,
  CircleX,
  Clock,
  Download,
  Hourglass,
  ListChecks,
  LoaderCircle,
  RotateCcw,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { toast } from "../ui/toast";

import { apiUrl, cancelDownload, postsOfDownload, removeDownload, retryDownload } from "../api/client";
import { ApiError } from "../api/error";
import { refreshDownloads } from "../api/queries";
import type { Bdr, BdrStatus } from "../api/schema";
import { formatAgo, formatBytes, formatCount, formatDuration, plural } from "../lib/format";
import { Progress } from "../ui/Progress";
import { effectiveStatus, secondsLeft } from "./downloads";
import { MissingArtworks } from "./MissingArtworks";
import { PackOfDownload } from "./PackOfDownload";

const names: Record<BdrStatus, string> = {
  pending: "Waiting",
  processing: "Packing",
  ready: "Ready",
  failed: "Failed",
  expired: "Expired",
};

const icons: Record<BdrStatus, typeof Clock> = {
  pending: Hourglass,
  processing: LoaderCircle,
  ready: CircleCheck,
  failed: CircleX,
  expired: Clock,
};

interface Props {
  bdr: Bdr;
  now: number;
  isHighlighted: boolean;
  onSelect: (posts: readonly number[]) => void;
}

export function DownloadItem({ bdr, now, isHighlighted, onSelect }: Props) {
  const status = effectiveStatus(bdr, now);
  const Icon = icons[status];
  const [isBusy, setBusy] = useState(false);
  const name = bdr.name ?? `${plural(bdr.artwork_count, "artwork")} of ${formatAgo(bdr.created_at, now)}`;

  const perform = (work: () => Promise<unknown>) => async () => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(error.message);
    } finally {
      refreshDownloads();
      setBusy(false);
    }
  };
  const extras = [bdr.include_comments && "comments", bdr.include_reactions && "reactions"].filter(Boolean);

  return (
    <li id={`bdr-${bdr.id}`} className="download" data-status={status} data-highlighted={isHighlighted} tabIndex={-1}>
      <div className="download-title">
        <span className="status">
          <Icon aria-hidden /> {names[status]}
        </span>
        <time className="muted" dateTime={bdr.created_at}>
          {formatAgo(bdr.created_at, now)}
        </time>
      </div>
      {bdr.name && (
        <p className="download-name" dir="auto">
          {bdr.name}
        </p>
      )}
      <p className="download-what">
        {plural(bdr.artwork_count, "artwork")}
        {extras.length > 0 && <span className="muted"> with {extras.join(" and ")}</span>}
        {bdr.file_size_bytes !== null && status === "ready" && <strong> · {formatBytes(bdr.file_size_bytes)}</strong>}
      </p>
      {(status === "pending" || status === "processing") && <Building bdr={bdr} now={now} />}
      {status === "ready" && bdr.expires_at && (
        <p className="muted">Kept for another {formatDuration((Date.parse(bdr.expires_at) - now) / 1000)}</p>
      )}
      {status === "failed" && <p className="danger-text">{bdr.error_message}</p>}
      {status === "expired" && <p className="muted">The archive is gone. Build it again to download it.</p>}
      {bdr.missing_count > 0 && <MissingArtworks bdr={bdr} />}
      <div className="download-buttons">
        {status === "ready" && bdr.download_url && (
          <a className="button primary" href={apiUrl(bdr.download_url)} download>
            <Download aria-hidden /> Download<span className="visually-hidden"> {name}</span>
          </a>
        )}
        {(status === "failed" || status === "expired") && (
          <button type="button" className="button" disabled={isBusy} onClick={perform(() => retryDownload(bdr.id))}>
            <RotateCcw aria-hidden /> {status === "failed" ? "Retry" : "Build again"}
            <span className="visually-hidden"> {name}</span>
          </button>
        )}
        <button
          type="button"
          className="icon-button"
          disabled={isBusy}
          aria-label={`Select the posts of ${name}`}
          title="Select its posts"
          onClick={perform(async () => onSelect(await postsOfDownload(bdr.id)))}
        >
          <ListChecks aria-hidden />
        </button>
        <PackOfDownload id={bdr.id} name={name} />
        {status === "pending" || status === "processing" ? (
          <button type="button" className="button" disabled={isBusy} onClick={perform(() => cancelDownload(bdr.id))}>
            <Ban aria-hidden /> Cancel<span className="visually-hidden"> {name}</span>
          </button>
        ) : (
          <button
            type="button"
            className="icon-button danger"
            disabled={isBusy}
            aria-label={`Remove ${name}`}
            title="Remove"
            onClick={perform(() => removeDownload(bdr.id))}
          >
            <Trash2 aria-hidden />
          </button>
        )}
      </div>
    </li>
  );
}

function Building({ bdr, now }: { bdr: Bdr; now: number }) {
  const left = secondsLeft(bdr, now);
  const isWaiting = bdr.status === "pending";
  return (
    <>
      <Progress
        label={`Progress of ${plural(bdr.artwork_count, "artwork")}`}
        value={bdr.processed_count}
        max={bdr.artwork_count}
        tone={isWaiting ? "waiting" : "accent"}
      />
      <p className="muted">
        {isWaiting
          ? (bdr.error_message ?? "It begins as soon as a worker is free.")
          : `${formatCount(bdr.processed_count)} of ${formatCount(bdr.artwork_count)}`}
        {left !== null && ` · about ${formatDuration(Math.max(1, left))} left`}
      </p>
    </>
  );
}
