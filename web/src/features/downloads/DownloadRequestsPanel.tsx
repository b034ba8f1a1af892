import "./downloads.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { PackageOpen, X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";

import { moderates } from "../../data/config";
import { PMDError } from "@pmd/client";
import { useDownload } from "../../data/queries";
import type { Bdr } from "../../data/schema";
import { useNow } from "../../platform/clock";
import { formatCount, formatDuration } from "../../platform/format";
import { Empty, LoadError } from "../../ui/Empty";
import { IconButton } from "../../ui/Button";
import { toast } from "../../ui/toast";
import { DownloadItem } from "./DownloadItem";
import { isUnfinished } from "../../data/downloads";
import type { DownloadsView } from "../../data/useDownloads";
import { Takeouts } from "./Takeouts";
import { closeTray } from "../../ui/tray";

interface Props {
  downloads: DownloadsView;
  /** The linked download (`?bdr=`). */
  highlighted: string | null;
  /** Replace the selection with a download's posts. */
  onSelect: (posts: readonly number[]) => void;
  /** Below the downloads. */
  children: ReactNode;
}

/** The newest downloads, live. */
export function DownloadRequestsPanel({ downloads, highlighted, onSelect, children }: Props) {
  const { allowance, error, retry } = downloads;
  const items = useHighlighted(downloads.items, highlighted);
  const isBuilding = items?.some(isUnfinished) ?? false;
  const now = useNow(isBuilding ? 1000 : 10_000);
  return (
    <section className="downloads" aria-labelledby="downloads-title">
      <header>
        <h2 id="downloads-title">
          <Trans>Downloads</Trans>
        </h2>
        {allowance && (
          <p
            className="allowance beside"
            title={
              allowance.left < allowance.limit
                ? t`Resets in ${formatDuration((Date.parse(allowance.resetsAt) - now) / 1000)}`
                : undefined
            }
          >
            <AllowanceDots left={allowance.left} limit={allowance.limit} />
            <span>
              <Trans>
                {formatCount(allowance.left)} of {formatCount(allowance.limit)} {moderates ? t`of yours ` : ""}left
              </Trans>
            </span>
          </p>
        )}
        <IconButton
          icon={X}
          look="close-tray"
          label={t`Close downloads`}
          onClick={() => {
            closeTray();
            document.querySelector<HTMLElement>("main [aria-multiselectable]")?.focus();
          }}
        />
        <Takeouts />
      </header>
      {error ? (
        <LoadError error={error} onRetry={retry} />
      ) : items === null ? (
        <div className="download-list" aria-busy>
          <span className="visually-hidden">
            <Trans>Loading downloads…</Trans>
          </span>
          {[0, 1, 2].map((each) => (
            <div key={each} className="download skeleton" />
          ))}
        </div>
      ) : items.length === 0 ? (
        <Empty
          icon={PackageOpen}
          title={t`No downloads yet`}
          hint={t`Select posts and choose Download. They are packed into a ZIP while you keep working.`}
        />
      ) : (
        <ul className="download-list">
          {items.map((bdr) => (
            <DownloadItem key={bdr.id} bdr={bdr} now={now} isHighlighted={bdr.id === highlighted} onSelect={onSelect} />
          ))}
        </ul>
      )}
      {children}
    </section>
  );
}

function AllowanceDots({ left, limit }: { left: number; limit: number }) {
  if (limit > 16) return null;
  return (
    <span className="dots" aria-hidden>
      {Array.from({ length: limit }, (_, index) => (
        <span key={index} data-left={index < left} />
      ))}
    </span>
  );
}

/**
 * The downloads including the linked one (`?bdr=`), however old; scrolls to it once. Scrolls only the list: scrolling the
 * document would move the header.
 */
function useHighlighted(items: Bdr[] | null, id: string | null) {
  const isListed = items?.some((bdr) => bdr.id === id) ?? true;
  const { data: older, error } = useDownload(isListed ? null : id);
  const all = older && items && !isListed ? [...items, older] : items;
  const isThere = all?.some((bdr) => bdr.id === id) ?? false;
  /** Each link once, and again where another was followed between. */
  const shown = useRef<string | null>(null);

  useEffect(() => {
    if (id === null) shown.current = null;
    if (!isThere || shown.current === id) return;
    const element = document.getElementById(`bdr-${id}`);
    const list = element?.parentElement;
    if (!list) return;
    shown.current = id;
    list.scrollTo({ top: element.offsetTop - (list.clientHeight - element.offsetHeight) / 2 });
    element.focus({ preventScroll: true });
  }, [isThere, id]);
  useEffect(() => {
    if (error instanceof PMDError && !error.isRetryable) toast.info(t`The download in this link no longer exists.`);
  }, [error]);
  return all;
}
