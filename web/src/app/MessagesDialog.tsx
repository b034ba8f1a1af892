import "./MessagesDialog.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { useNow } from "../platform/clock";
import { formatAgo } from "../platform/format";
import { Dialog } from "../ui/Dialog";
import { useToastLog } from "../ui/toast";

/** The toasts since the page was opened, newest first. */
export default function MessagesDialog({ onClose }: { onClose: () => void }) {
  const log = useToastLog();
  const now = useNow(10_000);
  return (
    <Dialog title={t`Notifications`} className="wide" onClose={onClose}>
      {log.length === 0 && (
        <p className="muted">
          <Trans>No notifications since this page was opened.</Trans>
        </p>
      )}
      <ol className="messages">
        {log.map(({ id, tone, text, at }) => (
          <li key={id} data-tone={tone}>
            <time className="muted">{formatAgo(new Date(at).toISOString(), now)}</time> {text}
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
