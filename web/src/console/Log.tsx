import { Dialog } from "../ui/Dialog";
import { useLog } from "./api";
import { formatWhen, kindOf, saidOf } from "./words";

/** What operators did, here and at the command line, the newest first. */
export function LogDialog({ onClose }: { onClose: () => void }) {
  const { data: log, error, dataUpdatedAt } = useLog();
  return (
    <Dialog title="Who did what" onClose={onClose}>
      {error && !log && <p role="alert">{error.message}</p>}
      {log?.items.length === 0 && <p className="muted">Nobody has done anything yet.</p>}
      <ul className="ops-acts" tabIndex={0} aria-label="Who did what">
        {log?.items.map((act) => (
          <li key={act.id}>
            <time>{formatWhen(act.created_at, dataUpdatedAt)}</time> {saidOf(act)}
            {act.kind && ` · ${kindOf(act.kind)} ${act.row_id?.slice(0, 8) ?? ""}`}
            {act.handle && ` · ${act.handle}`}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
