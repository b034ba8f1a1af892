import "./MessagesDialog.css";

import { useNow } from "../platform/clock";
import { formatAgo } from "../platform/format";
import { Dialog } from "../ui/Dialog";
import { useToastLog } from "../ui/toast";

/** The toasts since the page was opened, newest first. */
export default function MessagesDialog({ onClose }: { onClose: () => void }) {
  const log = useToastLog();
  const now = useNow(10_000);
  return (
    <Dialog title="Notifications" className="wide" onClose={onClose}>
      {log.length === 0 && <p className="muted">No notifications since this page was opened.</p>}
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
