import { useConnection } from "../live/live";
import type { Connection } from "../live/messages";

const texts: Record<Connection, string> = { live: "Live", connecting: "Connecting…", waiting: "Reconnecting…" };
const explanations: Record<Connection, string> = {
  live: "What you see is as it is, this second.",
  connecting: "Connecting to the service.",
  waiting: "The connection is lost. It is tried again until it is back.",
};

export function ConnectionIndicator() {
  const connection = useConnection();
  return (
    <span className="connection" role="status" data-connection={connection} title={explanations[connection]}>
      <span className="connection-dot" aria-hidden />
      <span className="visually-hidden">{texts[connection]}</span>
    </span>
  );
}
